/** What one user asked of the API server, from its audit log. Pure. */

export interface Request {
  /** As the audit log has it: a server-side apply is a `patch`. */
  readonly verb: string
  /** With subresource: `tenants/status`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly status: number
  readonly dryRun: boolean
  readonly byHelm: boolean
  /** When it was received, in milliseconds since 1970. */
  readonly atMs: number
}

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly requestReceivedTimestamp: string
  readonly userAgent?: string
  readonly user: { readonly username: string }
  readonly responseStatus?: { readonly code?: number }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
}

const WRITING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Whoever is impersonated, `user` is who authenticated. A watch is told once, when it begins. */
export function requestsOf(log: string, user: string): Request[] {
  return log
    .split('\n')
    .filter(line => line.includes(user))
    .map(line => JSON.parse(line) as AuditEvent)
    .filter(event => event.user.username === user)
    .filter(({ stage, verb }) => stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete'))
    .map(requestOf)
}

function requestOf({ verb, requestURI, userAgent, responseStatus, objectRef, requestReceivedTimestamp }: AuditEvent) {
  const { resource = requestURI.split('?')[0] ?? '', subresource, namespace = '', name = '' } = objectRef ?? {}
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    status: responseStatus?.code ?? 0,
    dryRun: requestURI.includes('dryRun='),
    byHelm: userAgent?.startsWith('Helm/') ?? false,
    atMs: Date.parse(requestReceivedTimestamp),
  }
}

/** What an idle operator may send: watches, which bring bookmarks, and its lease. */
export function isUpkeep({ verb, resource }: Request): boolean {
  return verb === 'watch' || resource === 'leases'
}

/** Attempts that failed count too: they cost the same. */
export function isWrite(request: Request): boolean {
  return WRITING.has(request.verb) && !request.dryRun && !isUpkeep(request)
}

/** `{ patch: 12, get: 3 }`, the most frequent first. */
export function countedBy(requests: readonly Request[], key: (request: Request) => string): Record<string, number> {
  const counts = new Map<string, number>()
  for (const request of requests) counts.set(key(request), (counts.get(key(request)) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)))
}
