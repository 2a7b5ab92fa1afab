/** What keeps a pass from looking at a tenant's environment, told where somebody has to change something. */
import type { Logger } from 'pino'
import { isPassing, isServerTrouble } from '../kube/errors.ts'
import type { StepFailure } from '../plan/failure.ts'
import { backoffAfter, type Outcome } from './outcome.ts'
import { failureOf, isBrokenOff } from './stage-runner.ts'

/** Throws what passes by itself: it says nothing about the tenant, and would only make its conditions flicker. */
export function observationFailure(error: unknown, logger: Logger): StepFailure {
  if (isPassing(error) || isBrokenOff(error)) throw error
  const failure = failureOf('Observation', error)
  logger.warn({ decision: 'unobserved', reason: failure.reason, err: error }, failure.message)
  return failure
}

/** For a pass that the API server, or this process itself, broke off, whose status stays what it was. Throws anything else. */
export function interruptedOutcome(error: unknown, logger: Logger): Outcome {
  if (isServerTrouble(error)) {
    logger.warn({ decision: 'interrupted', reason: error.reason }, error.message)
    return backoffAfter(failureOf('Observation', error))
  }
  if (isBrokenOff(error)) return { end: 'wait' }
  throw error
}
