/** Whether two ProxmoxClusters are one and the same cluster: then only one of them may give out its tags and ids. Pure. */

export interface ClusterClaim {
  readonly name: string
  readonly createdAt: string
  readonly endpoints: readonly string[]
  /** As they were seen last. */
  readonly nodes: readonly { readonly name: string; readonly fingerprint?: string | undefined }[]
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

/** A certificate alone may be a wildcard's, shared by clusters. */
function marksOf({ endpoints, nodes }: ClusterClaim): string[] {
  const certificates = nodes.flatMap(({ name, fingerprint }) =>
    fingerprint === undefined ? [] : [`${name} ${fingerprint.toUpperCase()}`],
  )
  return [...endpoints.map(endpoint => endpoint.toLowerCase()), ...certificates]
}
