/** Everything a cluster has, of every kind that can be listed. */
import type { Kubectl } from '../../dev/demo/kubectl.ts'

export interface ListedObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    uid: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    [field: string]: unknown
  }
  [field: string]: unknown
}

/** Kinds that come and go by themselves, or show others a second time. */
export const PASSING: readonly string[] = [
  'events',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'componentstatuses',
]

/** In all namespaces, or in one; of one kind after another, as `kubectl api-resources` names them. */
export async function listEverything(kubectl: Kubectl, namespace?: string): Promise<ListedObject[]> {
  const scope = namespace === undefined ? [] : ['--namespaced=true']
  const names = await kubectl.run(['api-resources', '--verbs=list', '-o', 'name', ...scope])
  const kinds = names
    .split('\n')
    .filter(kind => kind !== '' && !PASSING.includes(kind) && !kind.endsWith('.metrics.k8s.io'))
  const where = namespace === undefined ? ['--all-namespaces'] : ['-n', namespace]
  const { items } = await kubectl.json<{ items: ListedObject[] }>([
    'get',
    kinds.join(','),
    ...where,
    '--ignore-not-found',
  ])
  return items
}

/** `v1/Secret tenant-acme/tenantry-admin`. */
export function objectName({ apiVersion, kind, metadata: { namespace, name } }: ListedObject): string {
  return `${apiVersion}/${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** Without what the cluster itself keeps writing: status, versions, who wrote what. */
export function withoutBookkeeping(object: ListedObject): Omit<ListedObject, 'status'> {
  const { status: _, metadata, ...rest } = object
  const { resourceVersion: _version, managedFields: _managed, ...kept } = metadata
  return { ...rest, metadata: kept as ListedObject['metadata'] }
}
