/**
 * One pass over one tenant: parse, observe, plan, apply, status. Level-triggered: it holds nothing from the pass before.
 *
 *   not there ─▶ done        being deleted ─▶ tenant-teardown.ts
 *   invalid   ─▶ Stalled     otherwise two halves that do not wait for each other, then one status of what was found:
 *
 *   tenant-environment.ts   namespace and release; blocked by another object, or cannot be looked at: Ready says why
 *   tenant-slice.ts         its part of a Proxmox VE cluster, where it has one
 */
import type { Logger } from 'pino'
import { parseTenant, type Tenant } from '../crds/parse.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { DeletionVerdict } from '../plan/deletion-breaker.ts'
import type { Drift } from '../plan/drift.ts'
import type { StepFailure } from '../plan/failure.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { blockedStatusOf, stalledStatusOf, statusOf, unobservedStatusOf } from '../plan/status.ts'
import { driftedVerdict } from '../plan/verdict/drifted.ts'
import { announceDrift, type DriftPorts } from './drift.ts'
import { interruptedOutcome } from './observation-failure.ts'
import { backoffAfter, type Outcome } from './outcome.ts'
import type { OwnWords } from './own-words.ts'
import type { Settings } from './settings.ts'
import { type StatusWriter, statusInputs } from './status-writer.ts'
import { convergeEnvironment, type EnvironmentRun } from './tenant-environment.ts'
import { convergeSlice, type SliceHalf } from './tenant-slice.ts'
import { tearDownTenant } from './tenant-teardown.ts'
import type { Worlds } from './worlds.ts'

export interface TenantPassPorts extends Pick<DriftPorts, 'rewrites'> {
  readonly worlds: Worlds
  readonly settings: Settings
  readonly writeStatus: StatusWriter
  /** Whether the status may be left to the next pass, where that comes at once. */
  readonly mayDefer: boolean
  /** Whether what is not watched may be taken from the status. */
  readonly mayRely: boolean
  /** What the pass before has brought about. */
  readonly words: OwnWords
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
  return convergeTenant({ ...ports, logger }, object, parsed.value, identity)
}

async function convergeTenant(
  ports: TenantPassPorts,
  object: KubeObject,
  tenant: Tenant,
  identity: TenantIdentity,
): Promise<Outcome> {
  const [environment, slice] = await bothOf(
    convergeEnvironment(ports, object, tenant, identity),
    convergeSlice(ports, object, tenant, identity),
  )
  const inputs = statusInputs(object, ports.now())
  switch (environment.end) {
    case 'unobserved':
      await ports.writeStatus(object, unobservedStatusOf(environment.failure, inputs, slice?.findings))
      return { end: 'backoff', reason: environment.failure.reason }
    case 'blocked':
      ports.logger.info({ decision: 'blocked', reason: environment.blocker.reason }, environment.blocker.message)
      await ports.writeStatus(object, blockedStatusOf(environment.blocker, inputs, slice?.findings))
      // What another object can heal is looked at again by itself, and at once when that object changes.
      return isUnderWay(slice) ? { end: 'again' } : { end: 'backoff', reason: environment.blocker.reason }
    case 'run':
      return environment.observed.isReadable
        ? settle(ports, object, environment, slice)
        : restored(ports, object, environment)
    default:
      return environment satisfies never
  }
}

/** Neither is left alone half done, whatever becomes of the other. */
async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return [await one, await other]
}

async function settle(
  ports: TenantPassPorts,
  object: KubeObject,
  environment: EnvironmentRun,
  slice: SliceHalf | undefined,
): Promise<Outcome> {
  const { desired, observed, run } = environment
  const status = statusOf({ desired, observed, ...run, slice: slice?.findings }, statusInputs(object, ports.now()))
  const outcome = outcomeOf(environment, slice, status)
  // It was found before the steps: what has come of them, the next pass sees and tells, in one write instead of two.
  if (outcome.end !== 'again' || !ports.mayDefer) await ports.writeStatus(object, status)
  announceDrift(ports, object, observed.drift, run)
  return outcome
}

/** Of the release nothing is known yet, so that the status stays as it was, unless the rights cannot be put back. */
async function restored(
  ports: TenantPassPorts,
  object: KubeObject,
  { observed: { drift }, run }: EnvironmentRun,
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

/** Pods and Jobs are not watched, and what becomes of them is to be told within ten seconds. */
const UNWATCHED = { end: 'wait', withinMs: 8_000 } as const

/** What keeps one half up is tried again more and more seldom only when nothing else is on its way. */
function outcomeOf(
  { observed, run: { failures, waitingFor }, stages }: EnvironmentRun,
  slice: SliceHalf | undefined,
  status: TenantStatus,
): Outcome {
  const [failure] = failures
  if (failure !== undefined) return backoffAfter(failure)
  if (waitingFor.length > 0) return UNWATCHED
  const [sliceFailure] = slice?.findings.failures ?? []
  if (stages > 0 || isUnderWay(slice)) return { end: 'again' }
  if (sliceFailure !== undefined) return backoffAfter(sliceFailure)
  if (conditionOf(status, 'Ready')?.status === 'True') return { end: 'done' }
  return observed.workloads.hasUnreadyPods ? UNWATCHED : { end: 'wait' }
}

function isUnderWay(slice: SliceHalf | undefined): boolean {
  return slice !== undefined && slice.stages > 0 && slice.findings.failures.length === 0
}
