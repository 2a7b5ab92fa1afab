/** The operator's metrics, in the names Prometheus users expect: units in the name, counters end in _total. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { KubeObject } from '../plan/object.ts'
import { isHalted } from './deletion-judge.ts'
import type { Outcome } from './outcome.ts'

/** `interrupted`: the API server broke the pass off. */
export type PassEnd = Outcome['end'] | 'interrupted' | 'crash'

export interface Metrics {
  readonly registry: Registry
  reconciled(outcome: PassEnd, seconds: number): void
  rendered(result: 'ok' | 'failed'): void
  requested(request: { verb: string; resource: string; status: number }): void
  requestedProxmox(request: { route: string; result: string }): void
}

export interface MetricSources {
  readonly queueDepth: () => number
  /** Of all loops: how long the pass has been under way that has been so the longest. */
  readonly longestPassMs: () => number
  /** For each shard, whether this replica works on it. */
  readonly shards: () => readonly boolean[]
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number
  readonly tenants: () => readonly KubeObject[]
}

/**
 * How often the loop is looked at; what is told as its lag has this in it, and the dashboard takes it off. The default, 10 ms,
 * costs 0.3 % of a core, day and night: more than all the rest of an idle operator.
 */
const LOOP_SAMPLE_MS = 100

export function createMetrics({ queueDepth, longestPassMs, shards, nowMs, tenants }: MetricSources): Metrics {
  const registry = new Registry()
  const tenantsNow = oncePerTurn(tenants)
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS })
  const registers = [registry]
  const reconciles = new Counter({
    name: 'tenantry_reconciles_total',
    help: 'Passes over tenants, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'tenantry_reconcile_duration_seconds',
    help: 'How long passes over tenants took.',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  const renders = new Counter({
    name: 'tenantry_helm_renders_total',
    help: 'Charts rendered, by result.',
    labelNames: ['result'],
    registers,
  })
  const requests = new Counter({
    name: 'tenantry_api_requests_total',
    help: 'Requests to the API server, by verb, resource and status.',
    labelNames: ['verb', 'resource', 'status'],
    registers,
  })
  const proxmoxRequests = new Counter({
    name: 'tenantry_proxmox_requests_total',
    help: 'Requests to Proxmox VE, by route and result.',
    labelNames: ['route', 'result'],
    registers,
  })
  new Gauge({
    name: 'tenantry_queue_depth',
    help: 'Tenants due or being worked on.',
    registers,
    collect() {
      this.set(queueDepth())
    },
  })
  new Gauge({
    name: 'tenantry_longest_pass_seconds',
    help: 'How long the pass that is under way the longest has been so, over whatever it is; 0 where there is none.',
    registers,
    collect() {
      this.set(longestPassMs() / 1000)
    },
  })
  new Gauge({
    name: 'tenantry_leader',
    help: '1 for a replica that works, 0 for one that stands by.',
    registers,
    collect() {
      this.set(shards().includes(true) ? 1 : 0)
    },
  })
  new Gauge({
    name: 'tenantry_shard_held',
    help: 'Whether this replica works on a shard, by number and count of the shards.',
    labelNames: ['shard', 'count'],
    registers,
    collect() {
      const held = shards()
      for (const [shard, is] of held.entries()) this.set({ shard, count: held.length }, is ? 1 : 0)
    },
  })
  new Gauge({
    name: 'tenantry_longest_unready_seconds',
    help: 'How long the tenant that waits the longest has not been Ready; 0 where all are. Deletions do not count.',
    registers,
    collect() {
      this.set(longestUnreadySeconds(tenantsNow(), nowMs()))
    },
  })
  new Gauge({
    name: 'tenantry_tenant_condition',
    help: 'Tenants by condition and status.',
    labelNames: ['condition', 'status'],
    registers,
    collect() {
      this.reset()
      for (const [condition, status] of tenantsNow().flatMap(conditionsOf)) this.inc({ condition, status })
    },
  })
  new Gauge({
    name: 'tenantry_deletions_halted',
    help: 'Deleted tenants whose environment is left standing until somebody confirms that so many are to go.',
    registers,
    collect() {
      this.set(tenantsNow().filter(isHalted).length)
    },
  })
  // A rate over a counter that appears with its first event does not see that event.
  for (const outcome of OUTCOMES) reconciles.inc({ outcome }, 0)
  for (const result of ['ok', 'failed']) renders.inc({ result }, 0)
  return {
    registry,
    reconciled(outcome, seconds) {
      reconciles.inc({ outcome })
      durations.observe(seconds)
    },
    rendered: result => renders.inc({ result }),
    requested: ({ verb, resource, status }) => requests.inc({ verb, resource, status: String(status) }),
    requestedProxmox: ({ route, result }) => proxmoxRequests.inc({ route, result }),
  }
}

const OUTCOMES = ['done', 'again', 'wait', 'backoff', 'terminal', 'interrupted', 'crash'] as const satisfies PassEnd[]

type KnownCondition = { type: string; status: string; lastTransitionTime?: string }

function knownConditions({ status }: KubeObject): KnownCondition[] {
  return (status as { conditions?: KnownCondition[] } | undefined)?.conditions ?? []
}

function conditionsOf(tenant: KubeObject): [string, string][] {
  return knownConditions(tenant).map(({ type, status }) => [type, status])
}

function longestUnreadySeconds(tenants: readonly KubeObject[], nowMs: number): number {
  const since = tenants
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap(knownConditions)
    .filter(({ type, status }) => type === 'Ready' && status !== 'True')
    .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime ?? ''))
    .filter(time => !Number.isNaN(time))
  return since.length === 0 ? 0 : Math.max(0, Math.round((nowMs - Math.min(...since)) / 1000))
}

/** One scrape asks for all tenants several times, and each look at them makes them anew. */
function oncePerTurn<T>(look: () => T): () => T {
  let seen: { readonly value: T } | undefined
  return () => {
    if (seen !== undefined) return seen.value
    queueMicrotask(() => {
      seen = undefined
    })
    seen = { value: look() }
    return seen.value
  }
}
