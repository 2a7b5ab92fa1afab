/** Which kinds the API server serves, and under which paths. */
import { parseAnswer } from './answer.ts'
import type { KindRef } from './client.ts'
import { kindsOf, type ServedKinds } from './discovery-document.ts'
import { KubeError, OWN_REASONS } from './errors.ts'
import type { Transport } from './transport.ts'

export interface ServedKind extends KindRef {
  /** `deployments`: the kind's place in paths. */
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** Such as `status` and `scale`. */
  readonly subresources: readonly string[]
}

export interface Discovery {
  /** Asks the server (again) where the kind is not known yet. Throws KindNotServed on proof, KindUnknown without. */
  find(kind: KindRef): Promise<ServedKind>
  /** `apps/v1` and `apps/v1/Deployment`, for all that is served, sorted. Asks the server. */
  versions(): Promise<readonly string[]>
  /** Forgets all, so that the next question asks the server. */
  forget(): void
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export function createDiscovery({ transport }: { transport: Transport }): Discovery {
  const documents = ['/api', '/apis'].map(path => createDocument(transport, path))
  let known: ServedKinds | undefined
  let loading: Promise<ServedKinds> | undefined

  const load = () => {
    loading ??= Promise.all(documents.map(document => document()))
      .then(answers => {
        known = kindsOf(answers)
        return known
      })
      .finally(() => {
        loading = undefined
      })
    return loading
  }

  return {
    async find(kind) {
      // What was asked before this call does not prove that the kind is missing now.
      if (known?.find(kind) === undefined) await loading?.catch(() => undefined)
      const found = known?.find(kind)
      if (found !== undefined) return found
      const latest = await load()
      const served = latest.find(kind)
      if (served === undefined) throw unknownKind(kind, latest)
      return served
    },
    versions: async () => (await load()).versions,
    forget() {
      known = undefined
    },
  }
}

/** One half of the answer. The server's ETag makes asking again cheap while nothing has changed. */
function createDocument(transport: Transport, path: string): () => Promise<unknown> {
  let last: { etag: string; document: unknown } | undefined
  return async () => {
    const what = `read the kinds under ${path}`
    const headers = { accept: ACCEPT, ...(last === undefined ? {} : { 'if-none-match': last.etag }) }
    const response = await transport.request({ method: 'GET', path, headers, verb: 'get', resource: 'discovery', what })
    if (response.status === 304 && last !== undefined) return last.document
    const document = parseAnswer<unknown>({ what, kind: 'APIGroupDiscoveryList' }, response)
    const { etag } = response.headers
    last = etag === undefined ? undefined : { etag, document }
    return document
  }
}

function unknownKind({ apiVersion, kind }: KindRef, known: ServedKinds): KubeError {
  const unproven = known.isStale(apiVersion)
  const why = unproven ? 'the server behind this API does not answer' : 'the API server does not serve it'
  return new KubeError({
    status: unproven ? 503 : 404,
    reason: unproven ? OWN_REASONS.kindUnknown : OWN_REASONS.kindNotServed,
    message: `Cannot find the kind ${kind} of ${apiVersion}: ${why}`,
  })
}
