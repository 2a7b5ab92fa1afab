/** Building conditions: one verdict per type, and the time of the last change kept from before. Pure. */
import type { Condition, ConditionType } from '../crds/condition.ts'

/** What is said about one condition, before it gets its times. */
export interface Verdict {
  readonly type: ConditionType
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
  /** What `kubectl logs` takes for the pods concerned, such as `deploy/api -c worker`. Not part of the condition. */
  readonly pods?: string
  /** The generation that it was said of, where that is not the present one. */
  readonly observedGeneration?: number | undefined
}

export function isTrue(type: ConditionType, reason: string, message: string): Verdict {
  return { type, status: 'True', reason, message }
}

export function isFalse(type: ConditionType, reason: string, message: string, pods?: string): Verdict {
  return { type, status: 'False', reason, message, ...(pods === undefined ? {} : { pods }) }
}

export function isUnknown(type: ConditionType, reason: string, message: string): Verdict {
  return { type, status: 'Unknown', reason, message }
}

export function conditionOf(
  status: { readonly conditions?: readonly Condition[] | undefined } | undefined,
  type: ConditionType,
): Condition | undefined {
  return status?.conditions?.find(condition => condition.type === type)
}

/** `lastTransitionTime` moves only where the status differs from before. */
export function conditionsOf(
  verdicts: readonly Verdict[],
  { before, observedGeneration, now }: { before: readonly Condition[]; observedGeneration: number; now: string },
): Condition[] {
  return verdicts.map(verdict => {
    const previous = before.find(condition => condition.type === verdict.type)
    const lastTransitionTime = previous?.status === verdict.status ? previous.lastTransitionTime : now
    const { type, status, reason } = verdict
    const message = shortened(verdict.message)
    const generation = verdict.observedGeneration ?? observedGeneration
    return { type, status, reason, message, observedGeneration: generation, lastTransitionTime }
  })
}

/** The API server refuses a whole status for one message that is too long, and 20 of them are kept in the log. */
const MESSAGE_CHARACTERS = 4096

/** Never half a character, which would come back as another one. */
function shortened(message: string): string {
  if (message.length <= MESSAGE_CHARACTERS) return message
  return `${message.slice(0, MESSAGE_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
