/** The operator's metrics, in the names Prometheus users expect: units in the name, counters end in _total. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { KubeObject } from '../plan/object.ts'

export interface Metrics {
  readonly registry: Registry
  reconciled(outcome: string, seconds: number): void
  rendered(result: 'ok' | 'failed'): void
  requested(request: { verb: string; resource: string; status: number }): void
}

export interface MetricSources {
  readonly queueDepth: () => number
  readonly tenants: () => readonly KubeObject[]
}

export function createMetrics({ queueDepth, tenants }: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
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
    help: 'Charts rendered by the helm binary, by result.',
    labelNames: ['result'],
    registers,
  })
  const requests = new Counter({
    name: 'tenantry_api_requests_total',
    help: 'Requests to the API server, by verb, resource and status.',
    labelNames: ['verb', 'resource', 'status'],
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
    name: 'tenantry_tenant_condition',
    help: 'Tenants by condition and status.',
    labelNames: ['condition', 'status'],
    registers,
    collect() {
      this.reset()
      for (const [condition, status] of tenants().flatMap(conditionsOf)) this.inc({ condition, status })
    },
  })
  return {
    registry,
    reconciled(outcome, seconds) {
      reconciles.inc({ outcome })
      durations.observe(seconds)
    },
    rendered: result => renders.inc({ result }),
    requested: ({ verb, resource, status }) => requests.inc({ verb, resource, status: String(status) }),
  }
}

function conditionsOf({ status }: KubeObject): [string, string][] {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] }
  return conditions.map(({ type, status }) => [type, status])
}
