/** The part of a pass that asks objects of a chart which nobody watches whether they are ready. */
import type { Logger } from 'pino'
import type { ReleaseObservation } from '../plan/observation.ts'
import { isJudgedByStatus, type UnreadyObject } from '../plan/readiness.ts'
import { type DesiredTenant, releaseIsCurrent } from '../plan/tenant.ts'
import type { Worlds } from './worlds.ts'

interface ReadinessPorts {
  readonly worlds: Pick<Worlds, 'observeReadiness'>
  readonly logger: Logger
}

/** No request for a chart without such objects, nor for a release that is still to change. */
export async function unreadyObjects(
  { worlds, logger }: ReadinessPorts,
  desired: DesiredTenant,
  release: ReleaseObservation,
): Promise<readonly UnreadyObject[]> {
  const judged = release.record?.inventory.filter(isJudgedByStatus) ?? []
  if (judged.length === 0 || !releaseIsCurrent(desired, { release })) return []
  const { unready, unjudged } = await worlds.observeReadiness(judged, desired.release.tenant)
  if (unjudged.length > 0) {
    const why = unjudged.map(({ message }) => message).join('; ')
    logger.warn({ decision: 'unjudged' }, `Nobody knows whether all objects are ready: ${why}`)
  }
  return unready
}
