/**
 * What the status of a tenant says of what is not watched, so that it need not be read each time: its Secrets, and Helm's
 * records. Pure.
 *
 * The operator's own record, which is watched, is written before each revision and each repair. So as long as it is of the
 * revision of which the status says that it was deployed, in full, this operator has begun nothing since.
 */
import type { TenantStatus } from '../crds/tenant.ts'
import { settledRecord } from '../helm/promise.ts'
import { digestLabel } from '../helm/record.ts'
import { parseTenantRelease } from '../helm/tenant-release.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ReleaseObservation, TenantObservation } from '../plan/observation.ts'
import type { DesiredTenant } from '../plan/tenant.ts'

/** `record` is the operator's own. Undefined where it is not of the revision that the status tells of as deployed. */
export function attestedRelease(tenant: KubeObject, record: KubeObject | undefined): ReleaseObservation | undefined {
  const { release } = (tenant.status ?? {}) as Partial<TenantStatus>
  if (!holds(tenant, 'ReleaseReady') || release === undefined || record === undefined) return undefined
  const { revision } = release
  const latest = { revision, status: 'deployed', digest: digestLabel(release.digest), modifiedAtMs: 0 }
  const settled = settledRecord(parseTenantRelease(record), [latest])
  return settled.state === 'Deployed' ? { record: settled, latest } : undefined
}

/** All of them, with all of their keys; undefined where the status does not say so. */
export function attestedSecrets(
  tenant: KubeObject,
  { secrets }: Pick<DesiredTenant, 'secrets'>,
): TenantObservation['secretKeys'] | undefined {
  if (!holds(tenant, 'CredentialsReady')) return undefined
  return new Map(
    secrets.map(({ object, plain, randomBytes }) => [
      object.metadata.name,
      [...Object.keys(plain), ...Object.keys(randomBytes)],
    ]),
  )
}

/** Of a tenant that was not edited since. */
export function holds(
  { metadata, status }: KubeObject,
  type: 'ReleaseReady' | 'CredentialsReady' | 'ProxmoxReady',
): boolean {
  const condition = conditionOf(status as TenantStatus | undefined, type)
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation
}

/** A lesser look would not find again what the full one found, and would tell that all is well. */
export function isInDoubt(status: TenantStatus | undefined): boolean {
  return conditionOf(status, 'Drifted')?.status === 'True' || conditionOf(status, 'Ready')?.status === 'Unknown'
}
