/**
 * By what a Proxmox VE cluster is known: whether two ProxmoxClusters are one and the same, of which only one may give out its tags
 * and ids, and whether what answers is still the cluster in which tenants have something. Pure.
 */
import * as names from './names.ts'
import { parseMark } from './proxmox-mark.ts'

type Node = { readonly name: string; readonly fingerprint?: string | undefined }

export interface ClusterClaim {
  readonly name: string
  readonly createdAt: string
  readonly endpoints: readonly string[]
  /** As they were seen last. */
  readonly nodes: readonly Node[]
}

/**
 * The one that holds the cluster instead of `own`: an older one, or of equally old ones the first by name, that has an
 * endpoint of it, or knows a node of the same name and certificate.
 */
export function holderOf(own: ClusterClaim, others: readonly ClusterClaim[]): string | undefined {
  return others
    .filter(other => other.name !== own.name && isOlder(other, own) && isSame(other, own))
    .sort((a, b) => (isOlder(a, b) ? -1 : 1))[0]?.name
}

function isOlder(a: ClusterClaim, b: ClusterClaim): boolean {
  return a.createdAt === b.createdAt ? a.name < b.name : a.createdAt < b.createdAt
}

function isSame(a: ClusterClaim, b: ClusterClaim): boolean {
  const marks = new Set(marksOf(a))
  return marksOf(b).some(mark => marks.has(mark))
}

function marksOf({ endpoints, nodes }: ClusterClaim): string[] {
  return [...endpoints.map(endpoint => endpoint.toLowerCase()), ...certificatesOf(nodes)]
}

/** A certificate alone may be a wildcard's, shared by clusters. */
function certificatesOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap(({ name, fingerprint }) =>
    fingerprint === undefined ? [] : [`${name} ${fingerprint.toUpperCase()}`],
  )
}

/** A cluster in which tenants have something, as it was seen last. */
export interface KnownCluster {
  /** Of the ProxmoxCluster. */
  readonly name: string
  readonly nodes: readonly Node[]
  /** Uids of those tenants. */
  readonly tenants: ReadonlySet<string>
  /** Fingerprint of a node of the cluster that is meant from now on, as somebody has said. */
  readonly accepted?: string
}

/**
 * `renewed`: nodes have the names that are known, and every certificate is another one. A single node that got a new certificate
 * looks like this, and so does another server of that name: only what tenants have there tells them apart.
 */
export function identityOf(
  { nodes: before, accepted }: KnownCluster,
  now: readonly Node[],
): 'same' | 'renewed' | 'other' {
  if (before.length === 0) return 'same'
  if (now.some(({ fingerprint }) => fingerprint?.toUpperCase() === (accepted?.toUpperCase() ?? ''))) return 'same'
  const known = new Set(certificatesOf(before))
  if (certificatesOf(now).some(certificate => known.has(certificate))) return 'same'
  return now.some(({ name }) => before.some(node => node.name === name)) ? 'renewed' : 'other'
}

/** Whether one of these texts is the mark of a tenant that has something in the cluster. */
export function carriesMarks({ tenants }: KnownCluster, texts: readonly (string | undefined)[]): boolean {
  return texts.some(text => {
    const mark = parseMark(text)
    return mark !== undefined && tenants.has(mark.tenant.uid)
  })
}

/** Goes on from the address of the endpoint. */
export function otherClusterText({ nodes }: KnownCluster, now: readonly Node[]): string {
  const listed = (found: readonly Node[]) =>
    found
      .map(node => node.name)
      .sort()
      .join(', ')
  return `it belongs to another cluster (${listed(now)}) than the one in which tenants have networks and machines (${listed(nodes)}), so that it is asked for nothing and changed in nothing.`
}

/** How somebody says that this cluster is meant; undefined where none of its nodes can be told by its certificate. */
export function acceptText({ name }: KnownCluster, now: readonly Node[]): string | undefined {
  const [first] = now.filter(({ fingerprint }) => fingerprint !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
  if (first === undefined) return undefined
  return `If all of it is to be made anew there, with empty disks: kubectl annotate proxmoxcluster ${name} ${names.ACCEPT_CLUSTER_ANNOTATION}=${first.fingerprint} --overwrite`
}
