/** What the objects of a release mean for its tenant, whatever chart they come from and however they are called. Pure. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import type { DeploymentObservation, IngressObservation, PodProblem, ReleaseObservation } from './observation.ts'

export function isWorkload({ apiVersion, kind }: InventoryEntry): boolean {
  return apiVersion === 'apps/v1' && (kind === 'Deployment' || kind === 'StatefulSet')
}

export function isIngress({ apiVersion, kind }: InventoryEntry): boolean {
  return apiVersion.startsWith('networking.k8s.io/') && kind === 'Ingress'
}

export function isDatabase({ apiVersion, kind }: InventoryEntry): boolean {
  return apiVersion.startsWith('postgresql.cnpg.io/') && kind === 'Cluster'
}

export function isInInventory({ record }: ReleaseObservation, is: (entry: InventoryEntry) => boolean): boolean {
  return record?.inventory.some(is) ?? false
}

/** The release is there, and it has nothing of this. */
export function isWithout(release: ReleaseObservation, is: (entry: InventoryEntry) => boolean): boolean {
  return release.record?.state === 'Deployed' && !isInInventory(release, is)
}

/** Under which the application is to be asked: the tenant's own host, where the chart did not settle for another one. */
export function hostOf({ rules }: IngressObservation, wanted: string): string {
  const hosts = rules.map(({ host }) => host)
  return hosts.includes(wanted) ? wanted : (hosts.find(host => host !== undefined) ?? wanted)
}

/** What `kubectl logs` takes for its pods. */
export function podsOf({ kind, name }: Pick<DeploymentObservation, 'kind' | 'name'>): string {
  return `${kind === undefined ? 'deploy' : 'sts'}/${name}`
}

/** The same for the container that has the problem. */
export function logOf(pods: string, { container }: Pick<PodProblem, 'container'>): string {
  return container === undefined ? pods : `${pods} -c ${container}`
}
