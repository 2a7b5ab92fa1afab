/** The Kubernetes API as the rest of the operator uses it: plain objects in, plain objects or a KubeError out. */
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { parseAnswer, provesAbsence, withKind } from './answer.ts'
import { createDiscovery, type Discovery } from './discovery.ts'
import { endpointOf, isMetadataOnly, type KubeRequest, kindOf } from './endpoint.ts'
import { isConflict, isKindNotServed } from './errors.ts'
import { listAll } from './list.ts'
import { type LogOptions, readLog } from './log.ts'
import type { Transport } from './transport.ts'

export interface Kube {
  /** undefined only on a proven 404 of the object (a 404 of the *kind* is a KubeError with reason KindNotServed). */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** Pages through, 500 at a time. Every item carries its apiVersion and kind. */
  list(kind: KindRef, options?: ListOptions): Promise<KubeObject[]>
  create(object: KubeObject, options?: CreateOptions): Promise<KubeObject>
  /** Server-side apply. With `metadata.uid` or `resourceVersion` in the object, another one that is there is a conflict. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>
  /** JSON merge patch. A `metadata.resourceVersion` in it is a precondition (conflict). */
  patch(ref: ObjectRef, patch: Record<string, unknown>, options?: PatchOptions): Promise<KubeObject>
  /**
   * `deleted`: accepted, now or before; finalizers may still hold the object. With `uid`, only the object that has it:
   * where another has taken its name, it is `absent`.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<'deleted' | 'absent'>
  /** The end of a container's log. */
  log(pod: Pick<ObjectRef, 'namespace' | 'name'>, options: LogOptions): Promise<string>
  serverVersion(): Promise<ServerVersion>
  /** The same client, acting as another user (Impersonate-User header). */
  as(user: string): Kube
}

export interface KindRef {
  readonly apiVersion: string
  readonly kind: string
}

export interface AnswerOptions {
  /** Only apiVersion, kind and metadata come back: cheaper for both sides. */
  readonly metadataOnly?: boolean
}

export interface ListOptions extends AnswerOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface CreateOptions extends AnswerOptions {
  readonly manager?: string
}

export interface ApplyOptions extends AnswerOptions {
  readonly manager: string
  readonly force?: boolean
  readonly subresource?: 'status'
}

export interface PatchOptions extends AnswerOptions {
  readonly manager?: string
  readonly subresource?: 'status'
}

export interface DeleteOptions {
  readonly uid?: string
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan'
}

export interface ServerVersion {
  readonly major: number
  readonly minor: number
  readonly gitVersion: string
  /** In the server's own words: some vendors write a minor of `33+`. */
  readonly said: { readonly major: string; readonly minor: string }
}

/** Without `discovery`, a cache of its own over the same transport. */
export function createKube({
  transport,
  discovery = createDiscovery({ transport }),
}: {
  transport: Transport
  discovery?: Discovery
}): Kube {
  return kubeAs({ transport, discovery })
}

interface Ports {
  readonly transport: Transport
  readonly discovery: Discovery
  readonly user?: string
}

function kubeAs({ transport, discovery, user }: Ports): Kube {
  const send = async (request: KubeRequest): Promise<KubeObject> => {
    const served = await discovery.find(kindOf(request))
    const endpoint = endpointOf(served, request, user)
    const response = await transport.request(endpoint)
    const answer = parseAnswer<KubeObject>({ what: endpoint.what, kind: served.kind }, response)
    return isMetadataOnly(request) ? withKind(served, answer) : answer
  }
  /** A kind that is gone may come back under another path. */
  const forgetting = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (isKindNotServed(error)) discovery.forget()
      throw error
    }
  }
  const get = (ref: ObjectRef) => absentAs(undefined, ref, forgetting(send({ verb: 'get', ref })))

  return {
    get,
    async list(kind, options = {}) {
      const listing = async () =>
        listAll(transport, await discovery.find(kind), { kind, ...options, ...(user === undefined ? {} : { user }) })
      return (await forgetting(listing())).items
    },
    create: (object, options) => forgetting(send({ verb: 'create', object, ...options })),
    apply: (object, options) => forgetting(send({ verb: 'apply', object, ...options })),
    patch: (ref, patch, options) => forgetting(send({ verb: 'patch', ref, patch, ...options })),
    async delete(ref, options) {
      try {
        return await absentAs(
          'absent',
          ref,
          forgetting(send({ verb: 'delete', ref, ...options }).then(() => 'deleted')),
        )
      } catch (error) {
        if (!isConflict(error)) throw error
        const found = await get(ref)
        if (found === undefined || (options?.uid !== undefined && found.metadata.uid !== options.uid)) return 'absent'
        if (found.metadata.deletionTimestamp !== undefined) return 'deleted'
        throw error
      }
    },
    log: (pod, options) => readLog(transport, pod, options, user),
    async serverVersion() {
      const what = "read the API server's version"
      const request = { method: 'GET', path: '/version', verb: 'get', resource: 'version', what } as const
      return parseVersion(parseAnswer({ what, kind: 'version' }, await transport.request(request)))
    },
    as: other => kubeAs({ transport, discovery, user: other }),
  }
}

async function absentAs<T, A>(absent: A, ref: ObjectRef, work: Promise<T>): Promise<T | A> {
  try {
    return await work
  } catch (error) {
    if (provesAbsence(error, ref.name)) return absent
    throw error
  }
}

function parseVersion({ major, minor, gitVersion }: Record<'major' | 'minor' | 'gitVersion', string>): ServerVersion {
  return { major: Number.parseInt(major, 10), minor: Number.parseInt(minor, 10), gitVersion, said: { major, minor } }
}
