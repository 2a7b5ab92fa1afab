/** From a release object to the objects of a release, asking only which kinds there are. */
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { objectsIn, parseManifest, placeObjects } from './manifest.ts'
import type { ReleaseIdentity } from './ownership.ts'
import type { KindRef, KindScope, ReleasePorts, Rendered } from './port.ts'
import type { ReleaseHook, ReleaseObject } from './release-object.ts'
import { stampedObject } from './stamp.ts'

type ScopeOf = ReleasePorts['scopeOf']

/**
 * In install order, in the release's namespace, and marked.
 * @throws HelmError for everything that a release of ours must not have
 */
export async function renderedObjects(
  { release: { manifest }, documents }: Rendered,
  release: ReleaseIdentity,
  scopeOf: ScopeOf,
): Promise<KubeObject[]> {
  return placed(documents === undefined ? parseManifest(manifest) : objectsIn(documents), release, scopeOf)
}

/** The object of one hook, under the same rules. */
export async function hookObjectOf(hook: ReleaseHook, release: ReleaseIdentity, scopeOf: ScopeOf): Promise<KubeObject> {
  const [object, ...more] = await placed(parseManifest(hook.manifest), release, scopeOf)
  if (object !== undefined && more.length === 0) return object
  const message = `Cannot read hook ${hook.name} (${hook.path}): it is not one object`
  throw new HelmError({ reason: 'ReleaseUnreadable', message })
}

async function placed(
  objects: readonly KubeObject[],
  release: ReleaseIdentity,
  scopeOf: ScopeOf,
): Promise<KubeObject[]> {
  const scope = await scopesOf(objects, scopeOf)
  return placeObjects(objects, release.namespace, scope).map(object => stampedObject(object, release))
}

/** What somebody's helm may have put into our namespace. What lies elsewhere, or cannot be read, is not for us to know. */
export async function foreignObjects(
  rendered: ReleaseObject,
  release: ReleaseIdentity,
  scopeOf: ScopeOf,
): Promise<KubeObject[]> {
  const objects = readable(rendered)
  const scope = await scopesOf(objects, scopeOf)
  return objects
    .filter(object => scope(object) === 'Namespaced')
    .map(object => ({ ...object, metadata: { namespace: release.namespace, ...object.metadata } }))
    .filter(({ metadata }) => metadata.namespace === release.namespace)
}

function readable({ manifest }: ReleaseObject): KubeObject[] {
  try {
    return parseManifest(manifest)
  } catch (error) {
    if (error instanceof HelmError) return []
    throw error
  }
}

async function scopesOf(objects: readonly KubeObject[], scopeOf: ScopeOf): Promise<(kind: KindRef) => KindScope> {
  const key = ({ apiVersion, kind }: KindRef) => `${apiVersion}/${kind}`
  const kinds = new Map(objects.map(object => [key(object), object]))
  const scopes = new Map(
    await Promise.all([...kinds].map(async ([name, kind]) => [name, await scopeOf(kind)] as const)),
  )
  return kind => scopes.get(key(kind)) ?? 'NotServed'
}
