/** What the releases need of the rest: a Kubernetes client, a renderer, the kinds and the clock. */
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import type { Chart, DesiredRelease } from '../plan/release.ts'
import type { FieldsMemory } from './fields-memory.ts'
import type { ManifestDocument } from './manifest.ts'
import type { ReleaseObject } from './release-object.ts'

export interface KindRef {
  readonly apiVersion: string
  readonly kind: string
}

/** `NotServed` only on proof that the API server has no such kind, so that no object of it can exist. */
export type KindScope = 'Namespaced' | 'Cluster' | 'NotServed'

/** The part of a Kubernetes client that releases use. Everything but a proven absence throws. */
export interface ReleaseKube {
  /** undefined on a proven absence only. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  list(kind: KindRef, options?: ListOptions): Promise<KubeObject[]>
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** Server-side apply. A `metadata.uid` or `metadata.resourceVersion` in the object is a precondition. */
  apply(object: KubeObject, options: WriteOptions & { manager: string; force?: boolean }): Promise<KubeObject>
  /** JSON merge patch. A `metadata.resourceVersion` in it is a precondition. */
  patch(ref: ObjectRef, patch: Record<string, unknown>, options?: WriteOptions): Promise<KubeObject>
  /** `absent` also where another object has taken the name of the one with `uid`. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<'deleted' | 'absent'>
  /** The end of a container's log: `lines` of it, and of these the first `bytes`. */
  log(pod: Pick<ObjectRef, 'namespace' | 'name'>, options: LogOptions): Promise<string>
  as(user: string): ReleaseKube
}

export interface WriteOptions {
  readonly manager?: string
  /** Only metadata comes back. */
  readonly metadataOnly?: boolean
}

export interface LogOptions {
  readonly container: string
  readonly lines: number
  readonly bytes: number
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly metadataOnly?: boolean
}

export interface DeleteOptions {
  readonly uid?: string
  readonly propagation?: 'Foreground' | 'Background'
}

/** Which chart lies where on this disk. How it is rendered is none of its business. */
export interface ChartStore {
  /** The folder or archive with exactly this chart. @throws HelmError where it is not to be had now */
  pathOf(chart: Chart): Promise<string>
}

/** What of the revision before goes on in the next one. */
export interface RevisionBefore {
  readonly revision: number
  readonly firstDeployed: string
  readonly applyMethod: string
}

export interface RenderRequest {
  readonly release: DesiredRelease
  /** Absent for an installation. */
  readonly before?: RevisionBefore
}

export interface Rendered {
  /** One that has not happened yet. */
  readonly release: ReleaseObject
  /** Its manifest read already, where the renderer has done so. */
  readonly documents?: readonly ManifestDocument[] | undefined
}

export interface Renderer {
  /** What the chart makes of the values on this cluster now. */
  render(request: RenderRequest, signal?: AbortSignal): Promise<Rendered>
}

export interface ReleasePorts {
  /** As the operator itself; objects of a release are written through `as`. */
  readonly kube: ReleaseKube
  readonly renderer: Renderer
  readonly scopeOf: (kind: KindRef) => Promise<KindScope>
  /** Whether what becomes of objects of this kind is heard at once. */
  readonly isWatched: (kind: KindRef) => boolean
  readonly fields: FieldsMemory
  /** How long a hook may take whose object sets no deadline of its own. */
  readonly hookTimeoutMs: number
  /** How many of Helm's records of a release are kept. */
  readonly historyLimit: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}
