/**
 * One pass over one tenant: parse, observe, plan, apply, status. Level-triggered: it holds nothing from the pass before.
 *
 *   not there ─▶ done        being deleted ─▶ tenant-teardown.ts
 *   invalid   ─▶ Stalled     blocked by another object ─▶ Reconciling with its reason
 *   cannot be looked at ─▶ Ready is Unknown, with the cause
 *   otherwise ─▶ stages of plan/tenant.ts, then the status of what was found
 */
import type { Logger } from 'pino'
import type { Tenant } from '../crds/parse.ts'
import { parseTenant } from '../crds/parse.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { type Blocker, namespaceBlocker } from '../plan/blocker.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { DeletionVerdict } from '../plan/deletion-breaker.ts'
import type { Drift } from '../plan/drift.ts'
import type { StepFailure } from '../plan/failure.ts'
import { planFinalizer } from '../plan/finalizer.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TenantObservation } from '../plan/observation.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { retainedText } from '../plan/retained.ts'
import { blockedStatusOf, stalledStatusOf, statusOf, unobservedStatusOf } from '../plan/status.ts'
import { type DesiredTenant, planTenant } from '../plan/tenant.ts'
import { driftedVerdict } from '../plan/verdict/drifted.ts'
import { attestedRelease, attestedSecrets } from './attested.ts'
import { announceDrift, type DriftPorts, withDrift } from './drift.ts'
import { hostOf } from './host-claim.ts'
import { interruptedOutcome, observationFailure } from './observation-failure.ts'
import { backoffAfter, type Outcome } from './outcome.ts'
import { possibleTenant } from './possible-tenant.ts'
import type { Settings } from './settings.ts'
import { runStages, type StageRun } from './stage-runner.ts'
import { type StatusWriter, statusInputs } from './status-writer.ts'
import { tearDownTenant } from './tenant-teardown.ts'
import type { Worlds } from './worlds.ts'

export interface TenantPassPorts extends Pick<DriftPorts, 'mayPutBack'> {
  readonly worlds: Worlds
  readonly settings: Settings
  readonly writeStatus: StatusWriter
  /** Whether the status may be left to the next pass, where that comes at once. */
  readonly mayDefer: boolean
  /** Whether what is not watched may be taken from the status. */
  readonly mayRely: boolean
  /** Whether a deleted tenant may be torn down now. */
  readonly judge: (tenant: KubeObject) => DeletionVerdict
  readonly logger: Logger
  /** RFC 3339. */
  readonly now: () => string
}

export async function reconcileTenant(ports: TenantPassPorts, name: string): Promise<Outcome> {
  try {
    return await passOver(ports, name)
  } catch (error) {
    return interruptedOutcome(error, ports.logger.child({ tenant: name }))
  }
}

async function passOver(ports: TenantPassPorts, name: string): Promise<Outcome> {
  const object = ports.worlds.cache.tenants.get(name)
  if (object === undefined) return { end: 'done' }
  const logger = ports.logger.child({ tenant: name, generation: object.metadata.generation })
  const identity = { name, uid: object.metadata.uid ?? '' }
  if (object.metadata.deletionTimestamp !== undefined) return tearDownTenant({ ...ports, logger }, object, identity)
  const parsed = parseTenant(object)
  if (!parsed.ok) {
    logger.warn({ decision: 'stalled', reason: 'InvalidSpec' }, parsed.message)
    await ports.writeStatus(object, stalledStatusOf('InvalidSpec', parsed.message, statusInputs(object, ports.now())))
    return { end: 'terminal', reason: 'InvalidSpec' }
  }
  try {
    return await convergeTenant({ ...ports, logger }, object, parsed.value, identity)
  } catch (error) {
    // Steps that fail are told by their stages; what is thrown out of a pass was met while looking.
    const failure = observationFailure(error, logger)
    await ports.writeStatus(object, unobservedStatusOf(failure, statusInputs(object, ports.now())))
    return { end: 'backoff', reason: failure.reason }
  }
}

async function convergeTenant(
  ports: TenantPassPorts,
  object: KubeObject,
  tenant: Tenant,
  identity: TenantIdentity,
): Promise<Outcome> {
  const { worlds, settings, logger, writeStatus, now } = ports
  const host = hostOf(tenant, settings.baseDomain)
  const possible = await possibleTenant(ports, tenant, identity, host)
  if (possible.blocker !== undefined) return block(ports, object, possible.blocker)
  const { desired } = possible
  const target = { host, paths: desired.probePaths }
  const found = await worlds.observeKube(identity, target, ports.mayRely ? attestedSecrets(object, desired) : undefined)
  const foreign = namespaceBlocker(found.namespace, identity)
  if (foreign !== undefined) return block(ports, object, foreign)
  const attested = ports.mayRely ? attestedRelease(object, recordOf(desired, worlds)) : undefined
  const seen = attested === undefined ? await worlds.observeRelease(identity) : undefined
  const before = object.status as TenantStatus | undefined
  const observed = await withDrift(ports, desired, { ...found, release: seen ?? attested ?? {} }, before)
  if (isNew(object)) await announceRetained(ports, object, identity)
  const stages = [...planFinalizer(identity, object.metadata.finalizers ?? []), ...planTenant(desired, observed)]
  const run = await runStages({ worlds, logger, ...(seen === undefined ? {} : { release: seen }) }, stages)
  if (!observed.isReadable) return restored(ports, object, observed, run)
  const status = statusOf({ desired, observed, ...run }, statusInputs(object, now()))
  const outcome = outcomeOf(run, stages.length, status)
  // It was found before the steps: what has come of them, the next pass sees and tells, in one write instead of two.
  if (outcome.end !== 'again' || !ports.mayDefer) await writeStatus(object, status)
  announceDrift(ports, object, observed.drift, run)
  return outcome
}

function recordOf({ release: { name, namespace } }: DesiredTenant, { cache }: Pick<Worlds, 'cache'>) {
  return cache.releases.get(name, namespace)
}

/** Of the release nothing is known yet, so that the status stays as it was, unless the rights cannot be put back. */
async function restored(
  ports: TenantPassPorts,
  object: KubeObject,
  { drift }: TenantObservation,
  run: StageRun,
): Promise<Outcome> {
  const { writeStatus, now } = ports
  const [failure = fought(drift)] = run.failures
  if (failure !== undefined) {
    await writeStatus(object, unobservedStatusOf(failure, statusInputs(object, now())))
    return backoffAfter(failure)
  }
  announceDrift(ports, object, drift, run)
  // The watch tells when they are there.
  return { end: 'wait' }
}

function fought(drift: Drift): StepFailure | undefined {
  const { reason, message } = driftedVerdict(drift)
  return drift.held.length > 0 ? { stage: 'Access', reason, message } : undefined
}

function isNew({ metadata }: KubeObject): boolean {
  return !metadata.finalizers?.includes(names.FINALIZER)
}

async function announceRetained(
  { worlds, settings, logger }: TenantPassPorts,
  object: KubeObject,
  identity: TenantIdentity,
) {
  const message = retainedText(identity, await worlds.observeRetained(identity), settings.operator.namespace)
  if (message === undefined) return
  logger.info({ decision: 'retained-data' }, message)
  worlds.recordEvent(object, { type: 'Normal', reason: 'RetainedData', message })
}

/** What another object can heal is looked at again by itself, and at once when that object changes. */
async function block(ports: TenantPassPorts, object: KubeObject, blocker: Blocker): Promise<Outcome> {
  ports.logger.info({ decision: 'blocked', reason: blocker.reason }, blocker.message)
  await ports.writeStatus(object, blockedStatusOf(blocker, statusInputs(object, ports.now())))
  return { end: 'backoff', reason: blocker.reason }
}

function outcomeOf({ failures, waitingFor }: StageRun, stages: number, status: TenantStatus): Outcome {
  const [failure] = failures
  if (failure !== undefined) return backoffAfter(failure)
  if (waitingFor.length > 0) return { end: 'wait' }
  if (stages > 0) return { end: 'again' }
  return conditionOf(status, 'Ready')?.status === 'True' ? { end: 'done' } : { end: 'wait' }
}
