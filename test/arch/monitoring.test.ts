/** Alerts and dashboard against the metrics that the operator has, and alerts against the runbook. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../../src/controllers/metrics.ts'
import type { Outcome } from '../../src/controllers/outcome.ts'
import { TENANT_CONDITIONS } from '../../src/crds/condition.ts'
import { namedIn } from './promql.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8')

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}
const { spec } = parse(read('deploy/monitoring/rules.yaml')) as { spec: { groups: { rules: Alert[] }[] } }
const alerts = spec.groups.flatMap(({ rules }) => rules)

const { panels } = JSON.parse(read('deploy/monitoring/dashboard.json')) as {
  panels: { title: string; targets: { expr: string }[] }[]
}
const expressions: [string, string][] = [
  ...alerts.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
]

/** Every outcome of a pass, or the types do not fit. */
const OUTCOMES: Record<Outcome['end'] | 'interrupted' | 'crash', true> = {
  done: true,
  wait: true,
  again: true,
  backoff: true,
  terminal: true,
  interrupted: true,
  crash: true,
}
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'tenantry_reconciles_total outcome': Object.keys(OUTCOMES),
  'tenantry_helm_renders_total result': ['ok', 'failed'],
  'tenantry_tenant_condition condition': TENANT_CONDITIONS,
  'tenantry_tenant_condition status': ['True', 'False', 'Unknown'],
  'tenantry_api_requests_total status': ['0', '4..', '5..'],
}

/** What Prometheus itself adds to every sample. */
const FROM_SCRAPE = ['instance']

/** Label names by the names of the samples. */
function exported(): Map<string, readonly string[]> {
  const none = () => 0
  const sources = { queueDepth: none, longestPassMs: none, shards: () => [true], nowMs: none, tenants: () => [] }
  const { registry } = createMetrics(sources)
  const metrics = registry.getMetricsAsArray() as unknown as { name: string; type?: string; labelNames: string[] }[]
  return new Map(
    metrics.flatMap(({ name, labelNames, ...metric }): [string, readonly string[]][] => [
      [name, labelNames],
      ...('upperBounds' in metric ? [[`${name}_bucket`, [...labelNames, 'le']] as [string, string[]]] : []),
    ]),
  )
}
const metrics = exported()

test.each(expressions)('%s names only what the operator exports: %s', (_, expression) => {
  const { selectors, grouping } = namedIn(expression)
  expect(selectors.length).toBeGreaterThan(0)
  const known = selectors.flatMap(({ metric }) => metrics.get(metric) ?? [])
  expect(selectors.map(({ metric }) => metric).filter(metric => !metrics.has(metric))).toEqual([])
  expect(grouping.filter(label => ![...known, ...FROM_SCRAPE].includes(label))).toEqual([])
  for (const { metric, matchers } of selectors) {
    for (const { label, values } of matchers) {
      expect(metrics.get(metric)).toContain(label)
      expect(VALUES[`${metric} ${label}`]).toEqual(expect.arrayContaining([...values]))
    }
  }
})

test('what nobody exports is found, and so is a label that a metric lacks', () => {
  const { selectors, grouping } = namedIn(
    'sum by (tenant) (rate(tenantry_gone_total{a="x",b=~"y|z"}[$__rate_interval]))',
  )
  expect(grouping).toEqual(['tenant'])
  expect(selectors).toEqual([
    {
      metric: 'tenantry_gone_total',
      matchers: [
        { label: 'a', values: ['x'] },
        { label: 'b', values: ['y', 'z'] },
      ],
    },
  ])
  expect(metrics.has('tenantry_gone_total')).toBe(false)
  expect(() => namedIn('sum(')).toThrow('cannot be read')
})

test('every alert has a section in the runbook, and every section an alert', () => {
  const sections = [...read('docs/runbook.md').matchAll(/^## (\S+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(alerts.map(({ alert }) => alert))
  for (const { alert, annotations, labels } of alerts) {
    expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
    expect(['critical', 'warning']).toContain(labels.severity)
  }
})

test('every metric of our own is on the dashboard', () => {
  const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namedIn(expr).selectors))
  const names = new Set(shown.map(({ metric }) => metric.replace(/_bucket$/, '')))
  const own = [...metrics.keys()].filter(name => name.startsWith('tenantry_') && !name.endsWith('_bucket'))
  expect(own.filter(name => !names.has(name))).toEqual([])
})
