/** What to ask of the API server for each verb: pure, so that it can be tested by equality. */
import { type KubeObject, type ObjectRef, refOf } from '../plan/object.ts'
import type { ApplyOptions, CreateOptions, DeleteOptions, KindRef, ListOptions, PatchOptions } from './client.ts'
import type { ServedKind } from './discovery.ts'
import { KubeError } from './errors.ts'
import type { TransportRequest } from './transport.ts'

export type KubeRequest =
  | { readonly verb: 'get'; readonly ref: ObjectRef }
  | ({ readonly verb: 'list'; readonly kind: KindRef; readonly limit?: number; readonly from?: string } & ListOptions)
  | ({ readonly verb: 'watch'; readonly kind: KindRef; readonly since: string; readonly seconds: number } & ListOptions)
  | ({ readonly verb: 'create'; readonly object: KubeObject } & CreateOptions)
  | ({ readonly verb: 'apply'; readonly object: KubeObject } & ApplyOptions)
  | ({ readonly verb: 'patch'; readonly ref: ObjectRef; readonly patch: Record<string, unknown> } & PatchOptions)
  | ({ readonly verb: 'delete'; readonly ref: ObjectRef } & DeleteOptions)

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  apply: 'PATCH',
  patch: 'PATCH',
  delete: 'DELETE',
} as const

export function kindOf(request: KubeRequest): KindRef {
  if ('ref' in request) return request.ref
  return 'object' in request ? request.object : request.kind
}

/** Throws where a namespaced object comes without its namespace; that of a cluster-scoped one is left out. */
export function endpointOf(served: ServedKind, request: KubeRequest, user?: string): TransportRequest {
  const { type, body } = bodyOf(request)
  return {
    verb: request.verb,
    method: METHODS[request.verb],
    resource: resourceName(served, subresourceOf(request)),
    what: `${request.verb} ${subjectOf(request)}`,
    path: `${pathOf(served, request)}${queryOf(request)}`,
    headers: {
      accept: acceptOf(request),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(user === undefined ? {} : { 'impersonate-user': user }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
}

function pathOf(served: ServedKind, request: KubeRequest): string {
  const target = targetOf(request)
  if (served.namespaced && target.name !== undefined && target.namespace === undefined) {
    throw new KubeError({
      status: 0,
      reason: 'Invalid',
      message: `Cannot ${request.verb} ${subjectOf(request)}: ${served.kind} is namespaced, and no namespace is given`,
    })
  }
  const namespace = served.namespaced ? target.namespace : undefined
  return [
    served.apiVersion.includes('/') ? '/apis' : '/api',
    served.apiVersion,
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
    served.plural,
    ...(target.name === undefined || request.verb === 'create' ? [] : [encodeURIComponent(target.name)]),
    ...(subresourceOf(request) ?? []),
  ].join('/')
}

function targetOf(request: KubeRequest): { name?: string; namespace?: string } {
  if ('ref' in request) return request.ref
  return 'object' in request ? refOf(request.object) : request
}

function subresourceOf(request: KubeRequest): string[] | undefined {
  return 'subresource' in request && request.subresource !== undefined ? [request.subresource] : undefined
}

function queryOf(request: KubeRequest): string {
  const entries = Object.entries(parametersOf(request)).filter(([, value]) => value !== undefined && value !== '')
  if (entries.length === 0) return ''
  return `?${entries.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`
}

function parametersOf(request: KubeRequest): Record<string, string | number | boolean | undefined> {
  switch (request.verb) {
    case 'list':
      return { ...selectorsOf(request), limit: request.limit, continue: request.from }
    case 'watch':
      return {
        ...selectorsOf(request),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: request.since,
        timeoutSeconds: request.seconds,
      }
    case 'apply':
      return { fieldManager: request.manager, force: request.force ?? false, fieldValidation: FIELD_VALIDATION }
    case 'create':
    case 'patch':
      return { fieldManager: request.manager, fieldValidation: FIELD_VALIDATION }
    case 'get':
    case 'delete':
      return {}
    default:
      return request satisfies never
  }
}

/**
 * By default the API server reads each object a second time, for warnings of fields that it does not know or finds twice. Nobody
 * would hear them: an apply of an unknown field is an error without that, and what is no text at first has no field twice.
 */
const FIELD_VALIDATION = 'Ignore'

function selectorsOf({ labelSelector, fieldSelector }: ListOptions) {
  return { labelSelector, fieldSelector }
}

/** JSON is YAML, so that an apply needs no YAML. */
function bodyOf(request: KubeRequest): { type?: string; body?: unknown } {
  switch (request.verb) {
    case 'create':
      return { type: 'application/json', body: request.object }
    case 'apply':
      return { type: 'application/apply-patch+yaml', body: request.object }
    case 'patch':
      return { type: 'application/merge-patch+json', body: request.patch }
    case 'delete':
      return { type: 'application/json', body: deleteOptionsOf(request) }
    default:
      return {}
  }
}

function deleteOptionsOf({ uid, propagation }: DeleteOptions) {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
  }
}

export function isMetadataOnly(request: KubeRequest): boolean {
  return 'metadataOnly' in request && request.metadataOnly === true
}

function acceptOf(request: KubeRequest): string {
  if (!isMetadataOnly(request)) return 'application/json'
  const kind = request.verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata'
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`
}

/** `deployments.apps/status`, as in RBAC rules and metrics. */
function resourceName({ apiVersion, plural }: ServedKind, subresource: string[] = []): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''
  return [`${plural}${group}`, ...subresource].join('/')
}

/** `ConfigMap tenant-acme/api`, for sentences. */
function subjectOf(request: KubeRequest): string {
  const { name, namespace } = targetOf(request)
  const { kind } = kindOf(request)
  if (name !== undefined) return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  return `${kind} objects${namespace === undefined ? '' : ` of namespace ${namespace}`}`
}
