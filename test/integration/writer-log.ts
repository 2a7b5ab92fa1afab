/** Which replica wrote for which tenant, and by which lease, as the API server's audit log has it. Pure. */
import { parseShardLeaseName } from '../../src/plan/names.ts'
import { shardOf } from '../../src/plan/shard.ts'

export interface Span {
  readonly replica: string
  /** Milliseconds since 1970, by the clock of the API server. */
  readonly beganMs: number
  readonly endedMs: number
}

export interface TenantWrite extends Span {
  readonly tenant: string
  readonly what: string
}

/** A write to the lease of a shard that says who holds it from now on; empty: nobody. */
export interface LeaseWrite extends Span {
  readonly shard: number
  readonly count: number
  readonly holder: string
}

export interface WriterLog {
  readonly writes: readonly TenantWrite[]
  readonly leases: readonly LeaseWrite[]
  /** Writes of replicas of which nobody can say for whom they are. */
  readonly unknown: readonly string[]
}

interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly userAgent?: string
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly responseStatus?: { readonly code?: number }
  readonly requestObject?: { readonly spec?: { readonly holderIdentity?: string } }
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string }
}

const WRITING = ['create', 'update', 'patch', 'delete', 'deletecollection']

/** Every write counts that reached the API server, whatever it answered; of leases, those that were accepted. */
export function readWriterLog(log: string): WriterLog {
  const writes: TenantWrite[] = []
  const leases: LeaseWrite[] = []
  const unknown: string[] = []
  for (const line of log.split('\n')) {
    const replica = /"userAgent":"tenantry \(([^)]+)\)"/.exec(line)?.[1]
    if (replica === undefined) continue
    const event = JSON.parse(line) as AuditEvent
    if (!WRITING.includes(event.verb)) continue
    const { resource = '', namespace = '', name = '' } = event.objectRef ?? {}
    const span = {
      replica,
      beganMs: Date.parse(event.requestReceivedTimestamp),
      endedMs: Date.parse(event.stageTimestamp),
    }
    if (resource === 'leases') {
      const id = parseShardLeaseName(name)
      const holder = event.requestObject?.spec?.holderIdentity
      const isAccepted = (event.responseStatus?.code ?? 500) < 300
      if (id !== undefined && holder !== undefined && isAccepted) leases.push({ ...span, ...id, holder })
      continue
    }
    const tenant = tenantOf(resource, namespace, name)
    const what = `${event.verb} ${resource} ${namespace}/${name}`
    if (tenant === undefined) unknown.push(what)
    else writes.push({ ...span, tenant, what })
  }
  return { writes: writes.toSorted((a, b) => a.beganMs - b.beganMs), leases, unknown }
}

function tenantOf(resource: string, namespace: string, name: string): string | undefined {
  if (namespace.startsWith('tenant-')) return namespace.slice('tenant-'.length)
  if (resource === 'namespaces' && name.startsWith('tenant-')) return name.slice('tenant-'.length)
  // What is no tenant's belongs to a shard by its name all the same.
  if (['tenants', 'tenantplans', 'proxmoxclusters'].includes(resource)) return name
  // The pass over the networks of a cluster writes them; their names are made of its name and a tag.
  if (resource === 'networkleases') return name.replace(/-\d+$/, '')
  if (resource === 'events') return name.slice(0, name.lastIndexOf('.'))
  return undefined
}

/** Of what two writers would harm most: Helm's records and the operator's own, and what else a release has. */
export function isOfRelease({ what }: TenantWrite): boolean {
  return /^(create|patch) (secrets|tenantreleases|deployments|services|configmaps) tenant-/.test(what)
}

/** Of each tenant, who wrote one after the other: `{ acme: ['a', 'b'] }`. */
export function writersOf(writes: readonly TenantWrite[]): Record<string, string[]> {
  const byTenant = Map.groupBy(writes, ({ tenant }) => tenant)
  const runs = ([tenant, own]: [string, TenantWrite[]]): [string, string[]] => [
    tenant,
    own.flatMap(({ replica }, index) => (own[index - 1]?.replica === replica ? [] : [replica])),
  ]
  return Object.fromEntries([...byTenant].map(runs))
}

/** Writes during which, or before the end of which, another replica wrote for the same tenant. */
export function overlaps(writes: readonly TenantWrite[]): string[] {
  const last = new Map<string, TenantWrite>()
  return writes.flatMap(write => {
    const before = last.get(write.tenant)
    const isOverlap = before !== undefined && before.replica !== write.replica && before.endedMs > write.beganMs
    if (before === undefined || before.endedMs < write.endedMs) last.set(write.tenant, write)
    return isOverlap ? [`${write.replica} during ${before.replica}: ${write.what}`] : []
  })
}

/** Writes of a replica that did not hold a lease for that tenant: not yet, not any more, or never. */
export function unauthorised({ writes, leases }: Pick<WriterLog, 'writes' | 'leases'>): string[] {
  return writes.flatMap(write => {
    const covering = leases.filter(({ shard, count }) => shardOf(write.tenant, count) === shard)
    const isCovered = covering.some(taken => {
      if (taken.holder === '' || taken.replica !== write.replica || taken.endedMs > write.beganMs) return false
      const { shard, count } = taken
      return !covering.some(
        next =>
          next.shard === shard &&
          next.count === count &&
          next.beganMs >= taken.endedMs &&
          next.beganMs < write.endedMs &&
          (next.replica !== write.replica || next.holder === ''),
      )
    })
    return isCovered ? [] : [`${write.replica}: ${write.what}`]
  })
}
