import { expect, test } from 'vitest'
import { makeInputs, TENANT } from '../../test/make/tenant.ts'
import { type ChartOrigin, desiredNetworkPolicies, type Neighbours } from './network-policies.ts'

const { neighbours } = makeInputs()

interface PolicySpec {
  readonly podSelector: unknown
  readonly policyTypes: readonly string[]
  readonly ingress?: readonly unknown[]
  readonly egress?: readonly { readonly to: unknown; readonly ports: unknown }[]
}

function policies(change: Partial<Neighbours> = {}, origin: ChartOrigin = 'own'): Record<string, PolicySpec> {
  const objects = desiredNetworkPolicies(TENANT, { ...neighbours, ...change }, origin)
  return Object.fromEntries(objects.map(({ metadata, spec }) => [metadata.name, spec as PolicySpec]))
}

/** What a database may say to the API server. */
function apiServerEgress(apiServer: Neighbours['apiServer']): unknown {
  return policies({ apiServer })['tenantry-database']?.egress?.slice(1)
}

const database = { matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'Exists' }] }
const api = { matchLabels: { 'app.kubernetes.io/component': 'api' } }
const tcp = (...ports: number[]) => ports.map(port => ({ protocol: 'TCP', port }))
const within = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })

test('everything is closed in both directions unless a policy opens it', () => {
  expect(policies()['tenantry-default-deny']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
})

test('only the ingress controller reaches the application, on its one port', () => {
  expect(policies()['tenantry-ingress-controller']?.ingress).toEqual([{ from: [within('ingress')], ports: tcp(8080) }])
})

test('the database is reached by the API, its own instances, its operator and Prometheus', () => {
  expect(policies()['tenantry-database']?.ingress).toEqual([
    { from: [{ podSelector: api }], ports: tcp(5432) },
    { from: [{ podSelector: database }], ports: tcp(5432, 8000) },
    { from: [within('cnpg-system')], ports: tcp(5432, 8000) },
    { from: [within('monitoring')], ports: tcp(9187) },
  ])
})

test('the database reaches each address of the API server, and nothing else outside', () => {
  expect(
    apiServerEgress([
      { ip: '10.0.0.1', port: 6443 },
      { ip: 'fd00::1', port: 443 },
    ]),
  ).toEqual([
    { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: tcp(6443) },
    { to: [{ ipBlock: { cidr: 'fd00::1/128' } }], ports: tcp(443) },
  ])
})

test('as long as no address of the API server is known, none is opened', () => {
  expect(apiServerEgress([])).toEqual([])
})

test('the same addresses in another order, or said twice, change no policy', () => {
  const one = { ip: '10.0.0.1', port: 6443 }
  const other = { ip: '10.0.0.2', port: 6443 }
  expect(apiServerEgress([other, one, other])).toEqual(apiServerEgress([one, other]))
})

test('no policy opens egress without saying where to and on which port', () => {
  const rules = Object.values(policies()).flatMap(({ egress = [] }) => egress)
  expect(rules.filter(({ to, ports }) => !Array.isArray(to) || !Array.isArray(ports))).toEqual([])
})
