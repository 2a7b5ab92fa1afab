/**
 * What the status of a tenant, or the pass before, says of what is not watched, so that it need not be read each time: its
 * Secrets, and Helm's records. Pure.
 *
 * The operator's own record, which is watched, is written before each revision and each repair. So as long as it is of the
 * revision of which they say that it was deployed, in full, this operator has begun nothing since.
 */
import type { TenantStatus } from '../crds/tenant.ts'
import { settledRecord } from '../helm/promise.ts'
import { digestLabel } from '../helm/record.ts'
import { parseTenantRelease } from '../helm/tenant-release.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ReleaseObservation, TenantObservation } from '../plan/observation.ts'
import type { SecretTemplate } from '../plan/step.ts'
import type { DesiredTenant } from '../plan/tenant.ts'

export interface DeployedRevision {
  readonly revision: number
  /** Of chart and values. */
  readonly digest: string
}

/** Undefined where the status tells of none. */
export function toldRevision(tenant: KubeObject): DeployedRevision | undefined {
  return holds(tenant, 'ReleaseReady') ? (tenant.status as Partial<TenantStatus>).release : undefined
}

/** `record` is the operator's own. Undefined where it is not of the revision that is said to be deployed. */
export function attestedRelease(
  deployed: DeployedRevision | undefined,
  record: KubeObject | undefined,
): ReleaseObservation | undefined {
  if (deployed === undefined || record === undefined) return undefined
  const { revision, digest } = deployed
  const latest = { revision, status: 'deployed', digest: digestLabel(digest), modifiedAtMs: 0 }
  const settled = settledRecord(parseTenantRelease(record), [latest])
  return settled.state === 'Deployed' ? { record: settled, latest } : undefined
}

/** All of them, with all of their keys; undefined where the status does not say so. */
export function attestedSecrets(
  tenant: KubeObject,
  { secrets }: Pick<DesiredTenant, 'secrets'>,
): TenantObservation['secretKeys'] | undefined {
  if (!holds(tenant, 'CredentialsReady')) return undefined
  return new Map(secrets.map(secretEntry))
}

/** A Secret as it is made: its name and its keys. */
export function secretEntry({ object, plain, randomBytes }: SecretTemplate): readonly [name: string, keys: string[]] {
  return [object.metadata.name, [...Object.keys(plain), ...Object.keys(randomBytes)]]
}

/** Of a tenant that was not edited since. */
export function holds(
  { metadata, status }: KubeObject,
  type: 'Ready' | 'ReleaseReady' | 'CredentialsReady' | 'ProxmoxReady',
): boolean {
  const condition = conditionOf(status as TenantStatus | undefined, type)
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation
}

/** A lesser look would not find again what the full one found, and would tell that all is well. */
export function isInDoubt(status: TenantStatus | undefined): boolean {
  return conditionOf(status, 'Drifted')?.status === 'True' || conditionOf(status, 'Ready')?.status === 'Unknown'
}
