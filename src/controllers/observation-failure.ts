/** What keeps a pass from looking at a tenant's environment, told where somebody has to change something. */
import type { Logger } from 'pino'
import { isPassing } from '../kube/errors.ts'
import type { StepFailure } from '../plan/failure.ts'
import { failureOf } from './stage-runner.ts'

/** Throws what passes by itself: it says nothing about the tenant, and would only make its conditions flicker. */
export function observationFailure(error: unknown, logger: Logger): StepFailure {
  if (isPassing(error)) throw error
  const failure = failureOf('Observation', error)
  logger.warn({ decision: 'unobserved', reason: failure.reason, err: error }, failure.message)
  return failure
}
