/** The fields of the status that say where things are and how many of them run, as observed. Pure. */
import type { TenantStatus } from '../crds/tenant.ts'
import type { TenantReleaseSpec } from '../crds/tenant-release.ts'
import * as names from './names.ts'
import type { DatabaseObservation, TenantObservation } from './observation.ts'
import type { DesiredTenant } from './tenant.ts'
import { hostOf, isIngress, isWithout } from './workload.ts'

/** What is not there has no field; the database stays as last known while it cannot be looked at. */
export function factsOf(
  desired: DesiredTenant,
  observed: TenantObservation,
  before: TenantStatus | undefined,
): Partial<TenantStatus> {
  const namespace = desired.namespace.metadata.name
  const { release, workloads, secretKeys } = observed
  const found = {
    credentials: secretKeys.has(names.ADMIN_SECRET) ? credentialsIn(namespace) : undefined,
    release: release.record && releaseFacts(release.record),
    database: databaseFacts(workloads.database, before?.database),
  }
  const present = Object.fromEntries(Object.entries(found).filter(([, fact]) => fact !== undefined))
  return { namespace, ...urlsOf(desired, observed), ...present }
}

/** As they are meant to be, until the release is there; then as its Ingress has them. */
function urlsOf({ host, origin }: DesiredTenant, { release, workloads }: TenantObservation): Partial<TenantStatus> {
  if (isWithout(release, isIngress)) return {}
  const { ingress } = workloads
  const url = `https://${hostOf(ingress, host)}`
  const hasApi = ingress.found ? ingress.rules.some(({ path }) => /^\/api(\/|$)/.test(path)) : origin === 'own'
  return hasApi ? { url, apiUrl: `${url}/api` } : { url }
}

function credentialsIn(namespace: string): TenantStatus['credentials'] {
  return {
    secretName: names.ADMIN_SECRET,
    namespace,
    usernameKey: names.ADMIN_USERNAME_KEY,
    passwordKey: names.ADMIN_PASSWORD_KEY,
  }
}

function releaseFacts({ release, revision, chartVersion, digest }: TenantReleaseSpec): TenantStatus['release'] {
  return { name: release, revision, chartVersion, digest }
}

function databaseFacts(
  database: DatabaseObservation,
  before: TenantStatus['database'],
): TenantStatus['database'] | undefined {
  if (database.found !== 'present') return database.found === 'unknown' ? before : undefined
  const { readyInstances, instances, primary, phase } = database
  return {
    readyInstances,
    instances,
    ...(primary === undefined ? {} : { primary }),
    ...(phase === undefined ? {} : { phase }),
  }
}
