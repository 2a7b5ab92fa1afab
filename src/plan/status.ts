/** The status of a tenant, from what was observed and what failed: the one place where it is written. Pure. */
import { type Condition, PROXMOX_CONDITIONS } from '../crds/condition.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import type { Blocker } from './blocker.ts'
import { conditionOf, conditionsOf, isFalse, isTrue, type Verdict } from './condition-set.ts'
import type { StepFailure } from './failure.ts'
import type { TenantObservation } from './observation.ts'
import { appendLog, provisioningOf } from './provisioning.ts'
import type { SliceFindings } from './slice.ts'
import { sliceFacts, sliceVerdicts } from './slice-status.ts'
import { factsOf } from './status-facts.ts'
import type { DesiredTenant } from './tenant.ts'
import { availableVerdict } from './verdict/available.ts'
import { databaseVerdict } from './verdict/database.ts'
import { driftedVerdict } from './verdict/drifted.ts'
import { firstCause } from './verdict/first-cause.ts'
import { credentialsVerdict, namespaceVerdict, releaseVerdict, rolloutVerdict } from './verdict/foundation.ts'
import { furtherObjectsVerdict } from './verdict/further-objects.ts'
import { type Place, withRemedy } from './verdict/remedy.ts'

export interface StatusInputs {
  readonly generation: number
  /** RFC 3339. */
  readonly createdAt: string
  readonly before: TenantStatus | undefined
  /** RFC 3339. */
  readonly now: string
}

/** A pass over a tenant that could be planned. */
export interface TenantFindings {
  readonly desired: DesiredTenant
  readonly observed: TenantObservation
  readonly failures: readonly StepFailure[]
  /** What accepted steps have still to bring about, in words. */
  readonly waitingFor: readonly string[]
  /** Of a tenant that has a part of a Proxmox VE cluster. */
  readonly slice?: SliceFindings | undefined
}

/** What was found, against what the tenant should have. */
export function statusOf(
  { desired, observed, failures, waitingFor, slice }: TenantFindings,
  inputs: StatusInputs,
): TenantStatus {
  const proxmox = slice === undefined ? [] : sliceVerdicts(slice)
  const parts = [
    namespaceVerdict(desired, observed, failures),
    credentialsVerdict(desired, observed, failures),
    releaseVerdict(desired, observed, failures, waitingFor),
    databaseVerdict(observed),
    availableVerdict(desired, observed),
  ]
  const drifted = driftedVerdict(observed.drift)
  // A rollout that is still going on is not a condition of its own, yet a tenant is not converged before its end.
  const missing = firstCause([...parts, rolloutVerdict(observed), furtherObjectsVerdict(observed), ...proxmox])
  // What somebody else keeps changing is the cause of whatever is missing.
  const cause = observed.drift.held.length > 0 ? drifted : missing
  const lacking = cause ?? (drifted.status === 'True' ? drifted : undefined)
  const namespace = desired.namespace.metadata.name
  const head = lacking ? unready(lacking, { ...lacking, namespace }) : READY
  const verdicts = [...head, ...parts, ...proxmox, drifted]
  const facts = { ...factsOf(desired, observed, inputs.before), ...(slice && sliceFacts(slice, inputs.before)) }
  return { ...facts, ...progressOf(verdicts, inputs) }
}

/** A valid tenant that something else keeps from being planned. Its slice of Proxmox VE goes on meanwhile. */
export function blockedStatusOf(blocker: Blocker, inputs: StatusInputs, slice?: SliceFindings): TenantStatus {
  return keptStatus(unready(blocker, placeOf(inputs)), inputs, slice)
}

/** A valid tenant whose environment cannot be looked at, as long as nobody changes something: nothing new is known of it. */
export function unobservedStatusOf(failure: Cause, inputs: StatusInputs, slice?: SliceFindings): TenantStatus {
  const [ready, ...rest] = unready(failure, placeOf(inputs))
  return keptStatus([{ ...ready, status: 'Unknown' as const }, ...rest], inputs, slice)
}

/** The parts of the environment as last known, and the slice as it was found. */
function keptStatus(head: readonly Verdict[], inputs: StatusInputs, slice?: SliceFindings): TenantStatus {
  const { before } = inputs
  const proxmox = slice === undefined ? verdictsOf(before, PROXMOX_CONDITIONS) : sliceVerdicts(slice)
  const facts = { ...before, ...(slice && sliceFacts(slice, before)) }
  return { ...facts, ...progressOf([...head, ...verdictsOf(before, KUBE_PARTS), ...proxmox], inputs) }
}

/** A tenant that only an edit of itself can help. */
export function stalledStatusOf(reason: string, message: string, inputs: StatusInputs): TenantStatus {
  const told = withRemedy(reason, message, placeOf(inputs))
  const verdicts = [
    isFalse('Ready', reason, told),
    isFalse('Reconciling', reason, 'Nothing is tried again until this tenant is edited.'),
    isTrue('Stalled', reason, told),
    ...verdictsOf(inputs.before, PARTS),
  ]
  return { ...inputs.before, ...progressOf(verdicts, inputs) }
}

/** A tenant on its way out. */
export function deletingStatusOf(
  progress: string,
  failures: readonly StepFailure[],
  inputs: StatusInputs,
): TenantStatus {
  const failure = failures[0]
  const message = failure ? `${failure.stage}: ${failure.message}` : progress
  const reason = failure?.reason ?? 'TearingDown'
  const verdicts = [
    isFalse('Ready', 'Deleting', progress),
    isTrue('Reconciling', 'Deleting', progress),
    isFalse('Stalled', 'Deleting', 'The deletion is tried until it is done.'),
    isFalse('Available', 'Deleting', 'The environment is being taken away.'),
    isTrue('Deleting', reason, message),
  ]
  return { ...inputs.before, ...progressOf(verdicts, inputs) }
}

/** A deleted tenant whose environment is left standing until somebody confirms the deletion. */
export function haltedStatusOf(message: string, inputs: StatusInputs): TenantStatus {
  const verdicts = [
    isFalse('Ready', 'DeletionsHalted', message),
    isTrue('Reconciling', 'DeletionsHalted', message),
    isFalse('Stalled', 'DeletionsHalted', 'It goes on as soon as somebody confirms it.'),
    ...verdictsOf(inputs.before, PARTS),
    isTrue('Deleting', 'DeletionsHalted', message),
  ]
  return { ...inputs.before, ...progressOf(verdicts, inputs) }
}

const KUBE_PARTS = [
  'NamespaceReady',
  'CredentialsReady',
  'ReleaseReady',
  'DatabaseReady',
  'Available',
  'Drifted',
] as const
const PARTS = [...KUBE_PARTS, ...PROXMOX_CONDITIONS] as const

const READY: readonly Verdict[] = [
  isTrue('Ready', 'Converged', 'Everything is as the spec and the plan say.'),
  isFalse('Reconciling', 'Converged', 'Nothing is left to do.'),
  isFalse('Stalled', 'Converged', 'Nothing is in the way.'),
]

type Cause = Pick<StepFailure, 'reason' | 'message'>

/** Why, and what to do about it. */
function unready({ reason, message }: Cause, place: Place): [Verdict, Verdict, Verdict] {
  const told = withRemedy(reason, message, place)
  return [
    isFalse('Ready', reason, told),
    isTrue('Reconciling', reason, told),
    isFalse('Stalled', 'Progressing', 'What is missing is tried again by itself.'),
  ]
}

function placeOf({ before }: StatusInputs): Place {
  return { namespace: before?.namespace ?? '<namespace>' }
}

/** What was last known about the parts, and of which generation, kept while they are not looked at. */
function verdictsOf(before: TenantStatus | undefined, types: readonly Verdict['type'][]): Verdict[] {
  return types.flatMap(type => {
    const found = conditionOf(before, type)
    if (found === undefined) return []
    const { status, reason, message, observedGeneration } = found
    return [{ type, status, reason, message, observedGeneration }]
  })
}

function progressOf(
  verdicts: readonly Verdict[],
  { generation, createdAt, before, now }: StatusInputs,
): Partial<TenantStatus> & { observedGeneration: number } {
  const conditions = conditionsOf(verdicts, { before: before?.conditions ?? [], observedGeneration: generation, now })
  const ready = conditions.find(condition => condition.type === 'Ready') as Condition
  return {
    observedGeneration: generation,
    provisioning: provisioningOf(before?.provisioning ?? { startedAt: createdAt }, ready.status === 'True', now),
    log: appendLog(before?.log ?? [], { time: now, stage: ready.reason, message: ready.message }),
    conditions,
  }
}
