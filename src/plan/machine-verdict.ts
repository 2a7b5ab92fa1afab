/** What is said of a machine, and how a pass over it ends. Pure. */
import type { MachineStep } from './machine-step.ts'
import type { ProxmoxProblem } from './proxmox-view.ts'

export interface MachineVerdict extends ProxmoxProblem {
  /** `stalled`: only an edit of the machine helps. */
  readonly state: 'ready' | 'unready' | 'stalled'
}

export interface MachineDecision {
  /** In this order; the first that fails ends the pass. */
  readonly steps: readonly MachineStep[]
  readonly verdict: MachineVerdict
  /** Said instead where the token may not do it: the machine does without, and the pass is done. */
  readonly ifForbidden?: MachineVerdict
  readonly end: 'done' | 'wait' | 'again' | 'backoff'
  /** Nothing could be seen: what was at work may still be. */
  readonly blind?: true
}

export const READY: MachineVerdict = { state: 'ready', reason: 'Converged', message: 'It is as the spec says.' }

export function unready(reason: string, message: string): MachineVerdict {
  return { state: 'unready', reason, message }
}

/** Something is on its way by itself. */
export function waiting(reason: string, message: string): MachineDecision {
  return { steps: [], verdict: unready(reason, message), end: 'wait' }
}

/** Somebody has to do something, or it passes; it is tried again less and less often. */
export function blocked({ reason, message }: ProxmoxProblem): MachineDecision {
  return { steps: [], verdict: unready(reason, message), end: 'backoff' }
}

/** Nobody could look. */
export function unseen(problem: ProxmoxProblem): MachineDecision {
  return { ...blocked(problem), blind: true }
}

export function doing(reason: string, message: string, ...steps: readonly MachineStep[]): MachineDecision {
  return { steps, verdict: unready(reason, message), end: 'wait' }
}
