/** A client of Kubernetes whose API server is the function that is passed in. Every kind is served. */
import { createKube, type Kube } from '../../src/kube/client.ts'
import type { Discovery } from '../../src/kube/discovery.ts'
import { KubeError, OWN_REASONS } from '../../src/kube/errors.ts'
import type { Transport, TransportRequest } from '../../src/kube/transport.ts'
import type { KubeObject } from '../../src/plan/object.ts'

/** An object with 200; another status; nobody who listens; or a path that is not served. */
export type Answer = object | number | 'refused' | 'unserved'

export interface AnsweringKube {
  readonly kube: Kube
  /** `get Secret tenant-acme/tenantry-admin`, in order. */
  readonly asked: string[]
  /** What was sent along, in the same order. */
  readonly bodies: unknown[]
}

const CLUSTER_SCOPED = [
  'NetworkLease',
  'Namespace',
  'PersistentVolume',
  'CustomResourceDefinition',
  'Tenant',
  'ProxmoxCluster',
]

export function answeringKube(answer: (what: string, request: TransportRequest) => Answer): AnsweringKube {
  const asked: string[] = []
  const bodies: unknown[] = []
  const request: Transport['request'] = async sent => {
    asked.push(sent.what)
    bodies.push(sent.body === undefined ? undefined : JSON.parse(sent.body))
    const given = answer(sent.what, sent)
    if (given === 'refused') {
      const message = `Cannot ${sent.what}: connection refused`
      throw new KubeError({ status: 0, reason: OWN_REASONS.unreachable, message })
    }
    if (given === 'unserved') return { status: 404, headers: {}, body: '404 page not found' }
    if (typeof given === 'number') return { status: given, headers: {}, body: JSON.stringify(refusal(given, sent)) }
    return { status: 200, headers: {}, body: JSON.stringify(given) }
  }
  const discovery: Discovery = {
    find: async ({ apiVersion, kind }) => ({
      apiVersion,
      kind,
      plural: `${kind.toLowerCase()}s`,
      namespaced: !CLUSTER_SCOPED.includes(kind),
      verbs: [],
      subresources: ['status'],
    }),
    versions: async () => [],
    forget: () => undefined,
  }
  const transport = { request, stream: () => Promise.reject(), connections: () => 1, close: () => undefined }
  return { kube: createKube({ transport, discovery }), asked, bodies }
}

/** As the API server says it, with the name of the object, which proves a 404. */
function refusal(code: number, { path, verb }: TransportRequest): object {
  const name = decodeURIComponent(path.split('?')[0]?.split('/').at(-1) ?? '')
  const reason = code === 409 && verb === 'create' ? { reason: 'AlreadyExists' } : {}
  return { kind: 'Status', code, message: `no (${code})`, details: { name }, ...(code === 404 ? NOT_FOUND : reason) }
}

const NOT_FOUND = { reason: 'NotFound' }

export function listOf(...items: readonly KubeObject[]): object {
  return { metadata: { resourceVersion: '1' }, items }
}
