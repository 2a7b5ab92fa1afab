/** How a pass over a machine ends: its steps are carried out, what they came to is told, and the outcome follows. */
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { isServerTrouble, KubeError } from '../kube/errors.ts'
import { conditionOf } from '../plan/condition-set.ts'
import { type MachineFacts, machineStatusOf } from '../plan/machine-status.ts'
import { type MachineDecision, type MachineVerdict, unready } from '../plan/machine-verdict.ts'
import type { KubeObject } from '../plan/object.ts'
import { isUnderWay } from '../plan/verdict/under-way.ts'
import { isForbidden, isInterrupted, ProxmoxError } from '../proxmox/errors.ts'
import type { MachinePorts } from './machine-ports.ts'
import { MachineChanged } from './machine-writer.ts'
import type { Outcome } from './outcome.ts'
import { failureOf, stepText } from './stage-runner.ts'

export async function conclude(
  ports: MachinePorts,
  object: KubeObject,
  facts: MachineFacts,
  decision: MachineDecision,
): Promise<Outcome> {
  const run = await runSteps(ports, decision)
  const { task: _, ...rest } = facts
  // Of a look that found it at work the task is kept; one that has ended is nobody's business any more.
  const isKept = decision.steps.length === 0 && (decision.end === 'wait' || decision.blind === true)
  const task = run.task ?? (isKept ? facts.task : undefined)
  const verdict = run.verdict ?? decision.verdict
  await tell(ports, object, { ...rest, ...(task === undefined ? {} : { task }) }, verdict)
  const end = run.end ?? decision.end
  return end === 'backoff' ? { end, reason: verdict.reason } : { end }
}

interface StepRun {
  readonly task?: string
  readonly verdict?: MachineVerdict
  readonly end?: MachineDecision['end']
}

async function runSteps(
  { world, looks, logger }: MachinePorts,
  { steps, ifForbidden }: MachineDecision,
): Promise<StepRun> {
  let run: StepRun = {}
  for (const step of steps) {
    try {
      const { task } = await world.applyStep(step)
      looks.forget(step.cluster, step.vmid)
      logger.info({ decision: 'step', step: step.do, vmid: step.vmid, task }, stepText(step))
      run = task === undefined ? run : { task }
    } catch (error) {
      // Nothing has changed, so that the look holds, and with it how seldom this is tried.
      if (ifForbidden !== undefined && isForbidden(error)) {
        logger.info({ decision: 'step-forbidden', step: step.do, vmid: step.vmid }, error.message)
        return { ...run, verdict: ifForbidden, end: 'done' }
      }
      looks.forget(step.cluster, step.vmid)
      logger.warn({ decision: 'step-failed', step: step.do, vmid: step.vmid, err: error }, (error as Error).message)
      return { ...run, ...afterFailure(error) }
    }
  }
  return run
}

/** What the next look tells needs no words: somebody was faster, or an answer was lost. */
function afterFailure(error: unknown): StepRun {
  if (isInterrupted(error)) return { end: 'wait' }
  if (error instanceof ProxmoxError) {
    if (error.kind === 'stale') return { end: 'again' }
    if (error.kind === 'exists' || error.kind === 'unanswered') return { end: 'wait' }
    if (error.kind === 'locked' || error.kind === 'busy') {
      return { end: 'wait', verdict: unready('Locked', error.message) }
    }
  }
  const { reason, message } = failureOf('Machines', error)
  return { end: 'backoff', verdict: unready(reason, message) }
}

/** What keeps a pass from looking. Throws what says nothing about the machine. */
export function unobserved(error: unknown): MachineVerdict {
  if (error instanceof MachineChanged) throw error
  if (error instanceof KubeError && isServerTrouble(error)) throw error
  if (isInterrupted(error)) throw error
  if (error instanceof ProxmoxError && error.kind === 'nodeUnreachable') {
    return unready('NodeOffline', `Its node does not answer, so that nothing is known of it. ${error.message}`)
  }
  const { reason, message } = failureOf('Machines', error)
  return unready(reason, message)
}

/** Gives the object as it is with that status. */
export async function tell(
  { writer, recordEvent, now }: MachinePorts,
  object: KubeObject,
  facts: MachineFacts,
  verdict: MachineVerdict,
): Promise<KubeObject> {
  const { generation = 0, deletionTimestamp } = object.metadata
  const before = object.status as TenantMachineStatus | undefined
  const deleting = deletionTimestamp !== undefined
  const status = machineStatusOf(facts, verdict, { generation, before, now: now(), deleting })
  const written = await writer.writeStatus(object, status)
  announce({ recordEvent }, object, before, status)
  return { ...written, status }
}

function announce(
  { recordEvent }: Pick<MachinePorts, 'recordEvent'>,
  about: KubeObject,
  before: TenantMachineStatus | undefined,
  after: TenantMachineStatus,
): void {
  const type = about.metadata.deletionTimestamp === undefined ? 'Ready' : 'Deleting'
  const is = conditionOf(after, type)
  const was = conditionOf(before, type)
  if (is === undefined || (was?.status === is.status && was.reason === is.reason)) return
  if (isUnderWay(is.reason, was?.status === 'True')) return
  const calls = CALLS.has(is.reason) || (type === 'Ready' && was?.status === 'True')
  recordEvent(about, { type: calls ? 'Warning' : 'Normal', reason: is.reason, message: is.message })
}

/** Somebody has to look into these. */
const CALLS: ReadonlySet<string> = new Set([
  'NotOurs',
  'OwnedByFormerSelf',
  'OwnedByOtherInstallation',
  'TaskFailed',
  'InvalidSpec',
  'Protected',
  'StartOrderForbidden',
])
