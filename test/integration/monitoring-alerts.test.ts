/** The alerts, asked by Prometheus' own promtool about times that a test makes up. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import type { KubeObject } from '../../src/plan/object.ts'

interface Alert {
  readonly alert: string
  readonly labels: Record<string, string>
  readonly annotations: { readonly runbook: string }
}

let promtool: string
let folder: string
let alerts: Alert[]
beforeAll(async () => {
  promtool = await binary('promtool')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-alerts-'))
  const { spec } = parse(await readFile('deploy/monitoring/rules.yaml', 'utf8')) as {
    spec: { groups: { rules: Alert[] }[] }
  }
  alerts = spec.groups.flatMap(({ rules }) => rules)
  await writeFile(join(folder, 'rules.yaml'), stringify(spec))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Samples of one minute each, in promtool's notation: `0+5x10` is 0, 5, 10 … 50. */
type Series = Readonly<Record<string, string>>

/** What promtool finds otherwise than expected; empty where all is as it should be. */
async function unexpected(name: string, series: Series, minute: number, summary: string | undefined): Promise<string> {
  const { labels, annotations } = alerts.find(({ alert }) => alert === name) ?? { labels: {}, annotations: {} }
  const fires = { exp_labels: labels, exp_annotations: { ...annotations, summary } }
  const file = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
        alert_rule_test: [
          { alertname: name, eval_time: `${minute}m`, exp_alerts: summary === undefined ? [] : [fires] },
        ],
      },
    ],
  }
  await writeFile(join(folder, 'test.yaml'), stringify(file))
  const { all, failed } = await execa(promtool, ['test', 'rules', 'test.yaml'], {
    cwd: folder,
    all: true,
    reject: false,
  })
  return failed ? all : ''
}

const one = (metric: string, labels = '') => `${metric}{instance="a"${labels}}`
const two = (metric: string, labels = '') => `${metric}{instance="b"${labels}}`
const condition = (type: string, status: string) => `,condition="${type}",status="${status}"`
const shard = (number: number) => `,shard="${number}",count="2"`
const crashes = ',outcome="crash"'

interface Case {
  readonly when: string
  readonly alert: string
  readonly series: Series
  /** Minutes after the beginning. */
  readonly at: number
  /** None where the alert must be silent. */
  readonly says?: string
}

const cases: Case[] = [
  {
    when: 'nobody answers for six minutes',
    alert: 'TenantryDown',
    series: {},
    at: 6,
    says: 'No replica of the Tenantry operator answers.',
  },
  { when: 'one of two answers', alert: 'TenantryDown', series: { [one('tenantry_leader')]: '1x20' }, at: 20 },
  {
    when: 'a restart takes two minutes',
    alert: 'TenantryDown',
    series: { [one('tenantry_leader')]: '1 _ _ 1x20' },
    at: 8,
  },
  {
    when: 'two replicas stand by and none leads',
    alert: 'TenantryNotLeading',
    series: { [one('tenantry_leader')]: '1 1 0x20', [two('tenantry_leader')]: '0x20' },
    at: 5,
    says: 'Replicas of the Tenantry operator run, and none of them works.',
  },
  {
    when: 'the lease goes over to the other replica',
    alert: 'TenantryNotLeading',
    series: { [one('tenantry_leader')]: '1 1 0x20', [two('tenantry_leader')]: '0 0 0 1x20' },
    at: 5,
  },
  {
    when: 'nobody works on one of two shards',
    alert: 'TenantryShardUnheld',
    series: {
      [one('tenantry_shard_held', shard(0))]: '1x20',
      [one('tenantry_shard_held', shard(1))]: '0x20',
      [two('tenantry_shard_held', shard(0))]: '0x20',
      [two('tenantry_shard_held', shard(1))]: '1 1 0x20',
    },
    at: 12,
    says: 'Nobody works on some of the tenants, or replicas are told different numbers of shards.',
  },
  {
    when: 'a shard goes from one replica to another',
    alert: 'TenantryShardUnheld',
    series: {
      [one('tenantry_shard_held', shard(0))]: '1 1 0x20',
      [two('tenantry_shard_held', shard(0))]: '0 0 0 1x20',
    },
    at: 12,
  },
  {
    when: 'passes have broken off for a quarter of an hour',
    alert: 'TenantryPassesFailing',
    series: { [one('tenantry_reconciles_total', crashes)]: '0+3x20' },
    at: 15,
    says: 'Passes over tenants break off, most often because the API server does not answer.',
  },
  {
    when: 'the API server has broken them off for a quarter of an hour',
    alert: 'TenantryPassesFailing',
    series: { [one('tenantry_reconciles_total', ',outcome="interrupted"')]: '0+3x20' },
    at: 15,
    says: 'Passes over tenants break off, most often because the API server does not answer.',
  },
  {
    when: 'passes broke off for a moment',
    alert: 'TenantryPassesFailing',
    series: { [one('tenantry_reconciles_total', crashes)]: '0 9 9x20' },
    at: 15,
  },
  {
    when: 'tenants wait for their plans',
    alert: 'TenantryPassesFailing',
    series: { [one('tenantry_reconciles_total', ',outcome="backoff"')]: '0+9x20' },
    at: 15,
  },
  {
    when: 'the queue was never short',
    alert: 'TenantryQueueBackingUp',
    series: { [one('tenantry_queue_depth')]: '40x40', [two('tenantry_queue_depth')]: '0x40' },
    at: 30,
    says: 'At no time in 15 minutes were fewer than 40 tenants waiting for a pass.',
  },
  {
    when: 'the queue is long and gets empty again and again',
    alert: 'TenantryQueueBackingUp',
    series: { [one('tenantry_queue_depth')]: '200 150 100 50 0 200 150 100 50 0 200 150 100 50 0 200 150 100 50 0' },
    at: 19,
  },
  {
    when: 'a tenant is not Ready for forty minutes',
    alert: 'TenantryTenantNotReady',
    series: {
      [one('tenantry_longest_unready_seconds')]: '0+60x60',
      [two('tenantry_longest_unready_seconds')]: '0+60x60',
    },
    at: 40,
    says: 'A tenant has not been Ready for 40m 0s.',
  },
  {
    when: 'tenants come up one after the other',
    alert: 'TenantryTenantNotReady',
    series: { [one('tenantry_longest_unready_seconds')]: '0+60x10 0+60x10 0+60x10 0+60x10' },
    at: 40,
  },
  {
    when: 'two tenants are stalled',
    alert: 'TenantryTenantStalled',
    series: {
      [one('tenantry_tenant_condition', condition('Stalled', 'True'))]: '2x20',
      [two('tenantry_tenant_condition', condition('Stalled', 'True'))]: '2x20',
    },
    at: 15,
    says: 'Tenants that only an edit can help: 2.',
  },
  {
    when: 'no tenant is stalled',
    alert: 'TenantryTenantStalled',
    series: { [one('tenantry_tenant_condition', condition('Stalled', 'False'))]: '9x20' },
    at: 15,
  },
  {
    when: 'deletions are halted',
    alert: 'TenantryDeletionsHalted',
    series: {
      [one('tenantry_deletions_halted')]: '0 6x5',
      [two('tenantry_deletions_halted')]: '0 6x5',
    },
    at: 2,
    says: "So many tenants were deleted at once that nothing goes without somebody's word: 6.",
  },
  {
    when: 'tenants are deleted, and none is held',
    alert: 'TenantryDeletionsHalted',
    series: { [one('tenantry_deletions_halted')]: '0x5' },
    at: 2,
  },
  {
    when: 'renders go on failing',
    alert: 'TenantryRendersFailing',
    series: { [one('tenantry_helm_renders_total', ',result="failed"')]: '0+1x40' },
    at: 30,
    says: 'Helm cannot render the chart of a tenant.',
  },
  {
    when: 'one render failed, and the next did not',
    alert: 'TenantryRendersFailing',
    series: { [one('tenantry_helm_renders_total', ',result="failed"')]: '0 1 1x60' },
    at: 30,
  },
]

test.each(cases)('$alert, when $when', async ({ alert, series, at, says }) => {
  expect(await unexpected(alert, series, at, says)).toBe('')
})

test('every alert is shown to fire, and to keep silent', () => {
  const names = (fires: boolean) =>
    new Set(cases.filter(({ says }) => (says !== undefined) === fires).map(({ alert }) => alert))
  const all = new Set(alerts.map(({ alert }) => alert))
  expect([names(true), names(false)]).toEqual([all, all])
})

test('what is applied for monitoring stands beside the operator, and is not part of it', async () => {
  const kubectl = await binary('kubectl')
  const kinds = async (place: string) => {
    const { stdout } = await execa(kubectl, ['kustomize', place])
    const objects = parseAllDocuments(stdout).map(document => document.toJS() as KubeObject)
    return objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
  }
  expect(await kinds('deploy/monitoring')).toEqual([
    'ConfigMap tenantry-system/tenantry-dashboard',
    'PrometheusRule tenantry-system/tenantry',
    'ServiceMonitor tenantry-system/tenantry-operator',
  ])
  expect((await kinds('deploy')).filter(object => object.startsWith('PrometheusRule'))).toEqual([])
})

test('an alert that does not fire is found', async () => {
  expect(await unexpected('TenantryDown', { [one('tenantry_leader')]: '1x20' }, 10, 'No replica.')).toContain('FAILED')
})
