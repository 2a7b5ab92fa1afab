/** Is what was applied still as it was applied? Pure. */
import { isFalse, isTrue, type Verdict } from '../condition-set.ts'
import { type Drift, driftTexts } from '../drift.ts'

export function driftedVerdict({ due, held }: Drift): Verdict {
  if (held.length > 0) {
    return isTrue(
      'Drifted',
      'Fought',
      `Put back several times, and changed again each time: ${driftTexts(held)}. Let only one of the two own it; until then it is put back now and then.`,
    )
  }
  if (due.length > 0) return isTrue('Drifted', 'PuttingBack', `Being put back: ${driftTexts(due)}.`)
  return isFalse('Drifted', 'InSync', 'Everything applied is as it was applied.')
}
