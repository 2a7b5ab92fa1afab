/** The part of a pass that deals with what was deleted or edited by hand: what is put back now, what is not, who hears of it. */
import type { Logger } from 'pino'
import type { TenantStatus } from '../crds/tenant.ts'
import { type Drift, driftText, expectedObjects, missingSecrets, NO_DRIFT } from '../plan/drift.ts'
import { type KubeObject, refKey } from '../plan/object.ts'
import type { TenantObservation } from '../plan/observation.ts'
import { type DesiredTenant, isCurrent, ownedEntry } from '../plan/tenant.ts'
import type { Rewrites } from './rewrite-budget.ts'
import type { StageRun } from './stage-runner.ts'
import type { Worlds } from './worlds.ts'

export interface DriftPorts {
  readonly worlds: Pick<Worlds, 'observeDrift' | 'recordEvent'>
  readonly rewrites: Rewrites
  /** Whether what is not watched is left to a full look. */
  readonly mayRely: boolean
  readonly logger: Logger
}

/** What was found, with the drift in it. What a watch has not told yet and a live look has, counts as found. */
export async function withDrift(
  { worlds, rewrites, mayRely, logger }: DriftPorts,
  desired: DesiredTenant,
  found: Omit<TenantObservation, 'drift'>,
  before: TenantStatus | undefined,
): Promise<TenantObservation> {
  const expected = expectedObjects(desired, found, before)
  if (expected.length === 0) return { ...found, drift: NO_DRIFT }
  // As the account of the release, whose rights are put right first.
  const inFull = !mayRely && desired.access.every(object => isCurrent(object, found))
  const { drifted, intact, unjudged } = await worlds.observeDrift(expected, desired.release.tenant, inFull)
  if (unjudged.length > 0) {
    logger.warn({ decision: 'unjudged' }, `Not looked at: ${unjudged.map(({ message }) => message).join('; ')}`)
  }
  const all = [...drifted, ...missingSecrets(desired, found, before)]
  const due = all.filter(({ ref }) => rewrites.allows(refKey(ref)))
  const drift: Drift = { due, held: all.filter(object => !due.includes(object)) }
  return { ...found, objects: new Map([...found.objects, ...intact.map(ownedEntry)]), drift }
}

/** Tells what has been put back. What is not put back any more is told with the condition Ready. */
export function announceDrift(
  { worlds }: Pick<DriftPorts, 'worlds'>,
  tenant: KubeObject,
  { due }: Drift,
  { failures, waitingFor }: StageRun,
): void {
  if (failures.length > 0 || waitingFor.length > 0) return
  for (const object of due) {
    worlds.recordEvent(tenant, { type: 'Warning', reason: 'PutBack', message: `${driftText(object)}: put back.` })
  }
}
