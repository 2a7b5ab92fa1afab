/** What keeps a pass from looking at a tenant's environment, told where somebody has to change something. */
import type { Logger } from 'pino'
import { isPassing, isServerTrouble } from '../kube/errors.ts'
import type { StepFailure } from '../plan/failure.ts'
import { isClosed } from '../proxmox/errors.ts'
import { backoffAfter, type Outcome } from './outcome.ts'
import { failureOf } from './stage-runner.ts'

/** Throws what passes by itself: it says nothing about the tenant, and would only make its conditions flicker. */
export function observationFailure(error: unknown, logger: Logger): StepFailure {
  if (isPassing(error)) throw error
  const failure = failureOf('Observation', error)
  logger.warn({ decision: 'unobserved', reason: failure.reason, err: error }, failure.message)
  return failure
}

/** For a pass that the API server, or the end of this process, broke off, whose status stays what it was. Throws anything else. */
export function interruptedOutcome(error: unknown, logger: Logger): Outcome {
  if (isClosed(error)) return { end: 'wait' }
  if (!isServerTrouble(error)) throw error
  logger.warn({ decision: 'interrupted', reason: error.reason }, error.message)
  return backoffAfter(failureOf('Observation', error))
}
