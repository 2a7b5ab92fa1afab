/** One pass over a tenant that is being deleted. Works from marks alone: nothing here reads more of the spec than its policy. */
import { desiredAccess } from '../plan/access.ts'
import type { StepFailure } from '../plan/failure.ts'
import { abandonHint } from '../plan/leaving-slice.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TeardownObservation } from '../plan/observation.ts'
import type { ProxmoxProblem } from '../plan/proxmox-view.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { clustersLeft } from '../plan/slice-remains.ts'
import { planSliceTeardown } from '../plan/slice-teardown.ts'
import { deletingStatusOf, haltedStatusOf } from '../plan/status.ts'
import type { Stage } from '../plan/step.ts'
import { hasRelease, planTeardown } from '../plan/teardown.ts'
import { isHalted } from './deletion-judge.ts'
import { observationFailure } from './observation-failure.ts'
import { backoffAfter, type Outcome } from './outcome.ts'
import { releaseRoleOf } from './release-role.ts'
import { observeLeavingSlice, storedLeases, withoutPlaces } from './slice-leaving.ts'
import { runStages } from './stage-runner.ts'
import { statusInputs } from './status-writer.ts'
import type { TenantPassPorts } from './tenant.ts'

export async function tearDownTenant(
  ports: TenantPassPorts,
  object: KubeObject,
  tenant: TenantIdentity,
): Promise<Outcome> {
  const { worlds, settings, logger, writeStatus, now, judge } = ports
  if (!object.metadata.finalizers?.includes(names.FINALIZER)) return { end: 'done' }
  const verdict = judge(object)
  if (verdict.go === 'settle') return { end: 'wait' }
  const observed = await observe(ports, object, tenant)
  // Where the kind itself is being removed, nothing but the finalizer goes.
  const isHarmless = !isFailure(observed) && observed.crdTerminating
  if (verdict.go === 'hold' && !isHarmless) return hold(ports, object, verdict.message)
  if (isFailure(observed)) {
    const status = deletingStatusOf('The environment cannot be looked at.', [observed], statusInputs(object, now()))
    await writeStatus(object, status)
    return { end: 'backoff', reason: observed.reason }
  }
  const { stages, progress, obstacle } = planTeardown(
    {
      tenant,
      deletionPolicy: deletionPolicyOf(object),
      operatorNamespace: settings.operator.namespace,
      skipHooks: object.metadata.annotations?.[names.SKIP_DELETE_HOOKS_ANNOTATION] === 'true',
      access: desiredAccess(tenant, settings.operator, releaseRoleOf({ plans: worlds.cache.plans, object, observed })),
    },
    observed,
  )
  const left = observed.slice === undefined ? [] : clustersLeft(tenant, observed.slice)
  const inputs = statusInputs(withoutPlaces(object, left), now())
  const unseen = isLast(stages) && !observed.crdTerminating ? await unseenLeases(ports, tenant, observed) : undefined
  if (unseen !== undefined) {
    await writeStatus(object, deletingStatusOf(unseen, [], inputs))
    return { end: 'wait' }
  }
  const run = await runStages({ worlds, logger }, stages)
  const { waitingFor } = run
  const failures = [...run.failures.map(failure => withHint(failure, tenant)), ...obstacleOf(obstacle)]
  if (run.failures.length === 0) announceAbandoned(ports, object, stages)
  if (isLast(stages) && failures.length === 0) {
    logger.info({ decision: 'torn-down' }, progress)
    worlds.recordEvent(object, { type: 'Normal', reason: 'TornDown', message: progress })
    return { end: 'done' }
  }
  const sentence = waitingFor.length === 0 ? progress : `${progress} Waiting for ${[...waitingFor].sort().join(', ')}.`
  await writeStatus(object, deletingStatusOf(sentence, failures, inputs))
  if (failures[0] !== undefined) return backoffAfter(failures[0])
  return stages.length > 0 && waitingFor.length === 0 ? { end: 'again' } : { end: 'wait' }
}

/** Once that stands in the status, only somebody's word brings it back, or the slow resync. */
async function hold(ports: TenantPassPorts, object: KubeObject, message: string): Promise<Outcome> {
  if (isHalted(object)) ports.logger.debug({ decision: 'deletion-halted' }, message)
  else ports.logger.warn({ decision: 'deletion-halted' }, message)
  await ports.writeStatus(object, haltedStatusOf(message, statusInputs(object, ports.now())))
  return { end: isHalted(object) ? 'done' : 'wait' }
}

async function observe(
  ports: TenantPassPorts,
  object: KubeObject,
  tenant: TenantIdentity,
): Promise<TeardownObservation | StepFailure> {
  const { worlds, logger } = ports
  try {
    const found = { ...(await worlds.observeTeardown(tenant)), release: await worlds.observeRelease(tenant) }
    const { namespace } = found
    return {
      ...found,
      slice: await observeLeavingSlice(ports, object, tenant, { namespace, isDue: !hasRelease(found) }),
    }
  } catch (error) {
    return observationFailure(error, logger)
  }
}

/** A watch may be behind, and whoever finds a lease when its tenant has gone cannot tell what it was for. */
async function unseenLeases(
  { worlds }: TenantPassPorts,
  tenant: TenantIdentity,
  { slice }: TeardownObservation,
): Promise<string | undefined> {
  if (slice === undefined) return undefined
  const leases = await storedLeases(worlds, tenant)
  if (planSliceTeardown(tenant, { ...slice, leases }) === undefined) return undefined
  if (leases.length === 0) return 'Looking again for what is left in Proxmox VE.'
  const told = leases.map(({ metadata }) => metadata.name).sort()
  return `Waiting until its leases are gone: ${told.join(', ')}.`
}

function obstacleOf(obstacle: ProxmoxProblem | undefined): StepFailure[] {
  return obstacle === undefined ? [] : [{ stage: 'Network', ...obstacle }]
}

/** What stands in the way in Proxmox VE, or a hook, may never go, and somebody can decide to go on without it. */
function withHint(failure: StepFailure, tenant: TenantIdentity): StepFailure {
  if (failure.reason === 'HookFailed') {
    const command = `kubectl annotate tenant ${tenant.name} ${names.SKIP_DELETE_HOOKS_ANNOTATION}=true`
    return {
      ...failure,
      message: `${failure.message}. It runs again after five minutes. To delete the tenant without its hooks: ${command}`,
    }
  }
  const isOfProxmox = failure.stage === 'Users' || failure.stage === 'Pool'
  return isOfProxmox ? { ...failure, message: `${failure.message} ${abandonHint(tenant)}` } : failure
}

function announceAbandoned({ worlds, logger }: TenantPassPorts, tenant: KubeObject, stages: readonly Stage[]): void {
  for (const step of stages.flatMap(({ steps }) => steps)) {
    if (step.do !== 'kube.abandonLease') continue
    const { pool, machines, users = [] } = step.abandoned
    const guests = machines.map(({ name, vmid }) => (vmid === undefined ? name : `${name} (${vmid})`)).join(', ')
    const what = guests === '' ? `Pool ${pool} was` : `Pool ${pool} and machines ${guests} were`
    const logins = users.length === 0 ? '' : ` So were users ${users.join(', ')}, whose passwords go on working.`
    const message = `${what} left in Proxmox VE.${logins} NetworkLease ${step.lease} remembers it: delete that when all of it is cleared away.`
    logger.warn({ decision: 'proxmox-abandoned' }, message)
    worlds.recordEvent(tenant, { type: 'Warning', reason: 'ProxmoxAbandoned', message })
  }
}

function isFailure(found: TeardownObservation | StepFailure): found is StepFailure {
  return 'stage' in found
}

/** Whatever is not plainly `Delete` keeps the data. */
function deletionPolicyOf({ spec }: KubeObject): 'Retain' | 'Delete' {
  return (spec as { deletionPolicy?: unknown } | undefined)?.deletionPolicy === 'Delete' ? 'Delete' : 'Retain'
}

function isLast(stages: readonly Stage[]): boolean {
  return stages.some(stage => stage.steps.some(step => step.do === 'kube.setFinalizer' && !step.present))
}
