/** Reads aggregated discovery (apidiscovery.k8s.io/v2): all kinds of an API server in two documents. */
import type { KindRef } from './client.ts'
import type { ServedKind } from './discovery.ts'
import { KubeError, OWN_REASONS } from './errors.ts'

export interface ServedKinds {
  find(kind: KindRef): ServedKind | undefined
  /** The server of this apiVersion did not answer lately, so that what is missing in it may exist. */
  isStale(apiVersion: string): boolean
  /**
   * Group versions and the kinds in them, subresources' too, as Helm gives them to charts. Sorted; without the stale.
   * Source: GetVersionSet in action/action.go of helm.sh/helm/v4.
   */
  readonly versions: readonly string[]
}

interface GroupList {
  readonly kind: 'APIGroupDiscoveryList'
  readonly items?: readonly { readonly metadata?: { readonly name?: string }; readonly versions?: readonly Version[] }[]
}

interface Version {
  readonly version: string
  readonly freshness?: 'Current' | 'Stale'
  readonly resources?: readonly Resource[]
}

interface Resource {
  readonly resource: string
  readonly responseKind?: { readonly kind?: string }
  readonly scope: 'Namespaced' | 'Cluster'
  readonly verbs?: readonly string[]
  readonly subresources?: readonly {
    readonly subresource: string
    readonly responseKind?: { readonly kind?: string }
  }[]
}

export function kindsOf(documents: readonly unknown[]): ServedKinds {
  const kinds = new Map<string, ServedKind>()
  const stale = new Set<string>()
  const versions = new Set<string>()
  for (const group of documents.flatMap(document => parseGroupList(document).items ?? [])) {
    for (const version of group.versions ?? []) {
      const apiVersion = group.metadata?.name ? `${group.metadata.name}/${version.version}` : version.version
      if (version.freshness === 'Stale') stale.add(apiVersion)
      else for (const name of versionsIn(apiVersion, version)) versions.add(name)
      for (const served of (version.resources ?? []).flatMap(resource => servedKind(apiVersion, resource))) {
        const key = keyOf(served)
        if (!kinds.has(key)) kinds.set(key, served)
      }
    }
  }
  return {
    find: kind => kinds.get(keyOf(kind)),
    isStale: apiVersion => stale.has(apiVersion),
    versions: [...versions].sort(),
  }
}

function versionsIn(apiVersion: string, { resources = [] }: Version): string[] {
  const kinds = resources
    .flatMap(({ responseKind, subresources = [] }) => [{ responseKind }, ...subresources])
    .flatMap(({ responseKind }) => responseKind?.kind || [])
  return [apiVersion, ...kinds.map(kind => `${apiVersion}/${kind}`)]
}

/** Entries without verbs stand for their subresources only. */
function servedKind(apiVersion: string, resource: Resource): ServedKind[] {
  const kind = resource.responseKind?.kind
  if (!kind || !resource.verbs?.length) return []
  return [
    {
      apiVersion,
      kind,
      plural: resource.resource,
      namespaced: resource.scope === 'Namespaced',
      verbs: resource.verbs,
      subresources: (resource.subresources ?? []).map(({ subresource }) => subresource),
    },
  ]
}

function parseGroupList(document: unknown): GroupList {
  const { kind } = document as { kind?: unknown }
  if (kind === 'APIGroupDiscoveryList') return document as GroupList
  throw new KubeError({
    status: 200,
    reason: OWN_REASONS.badAnswer,
    message: 'Cannot read the kinds: the API server has no aggregated discovery, which Kubernetes has since 1.30',
  })
}

function keyOf({ apiVersion, kind }: KindRef): string {
  return `${apiVersion}/${kind}`
}
