/**
 * The NetworkPolicies of a tenant, evaluated by a policy engine (cyclonus) against a table of flows. The network of the
 * development cluster does not enforce policies, so what they mean is shown here and what they do is not.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { desiredNetworkPolicies } from '../../src/plan/network-policies.ts'
import { makeInputs, TENANT } from '../make/tenant.ts'

interface Peer {
  Internal?: { PodLabels: Record<string, string>; NamespaceLabels: Record<string, string>; Namespace: string }
  IP: string
}

const pod = (namespace: string, labels: Record<string, string>, ip: string): Peer => ({
  Internal: { PodLabels: labels, NamespaceLabels: { 'kubernetes.io/metadata.name': namespace }, Namespace: namespace },
  IP: ip,
})

const OWN = `tenant-${TENANT.name}`
const PEERS = {
  api: pod(OWN, { 'app.kubernetes.io/component': 'api' }, '10.1.0.1'),
  web: pod(OWN, { 'app.kubernetes.io/component': 'web' }, '10.1.0.2'),
  database: pod(OWN, { 'cnpg.io/cluster': 'db', 'cnpg.io/podRole': 'instance' }, '10.1.0.3'),
  replica: pod(OWN, { 'cnpg.io/cluster': 'db', 'cnpg.io/podRole': 'instance' }, '10.1.0.4'),
  'database job': pod(OWN, { 'cnpg.io/cluster': 'db', 'cnpg.io/jobRole': 'initdb' }, '10.1.0.5'),
  stranger: pod(OWN, { app: 'something' }, '10.1.0.6'),
  'ingress controller': pod('ingress', { app: 'ingress' }, '10.2.0.1'),
  'database operator': pod('cnpg-system', { app: 'cnpg' }, '10.2.0.2'),
  prometheus: pod('monitoring', { app: 'prometheus' }, '10.2.0.3'),
  dns: pod('kube-system', { 'k8s-app': 'kube-dns' }, '10.2.0.4'),
  'other kube-system pod': pod('kube-system', { app: 'x' }, '10.2.0.5'),
  'neighbour api': pod('tenant-globex', { 'app.kubernetes.io/component': 'api' }, '10.3.0.1'),
  'neighbour database': pod('tenant-globex', { 'cnpg.io/cluster': 'db' }, '10.3.0.2'),
  'API server': { IP: '10.0.0.1' },
  internet: { IP: '203.0.113.7' },
} satisfies Record<string, Peer>

type PeerName = keyof typeof PEERS
type Flow = readonly [
  from: PeerName,
  to: PeerName,
  port: number,
  protocol: 'TCP' | 'UDP',
  verdict: 'allowed' | 'refused',
]

const FLOWS: readonly Flow[] = [
  ['ingress controller', 'api', 8080, 'TCP', 'allowed'],
  ['ingress controller', 'web', 8080, 'TCP', 'allowed'],
  ['ingress controller', 'api', 9090, 'TCP', 'refused'],
  ['ingress controller', 'database', 5432, 'TCP', 'refused'],
  ['api', 'database', 5432, 'TCP', 'allowed'],
  ['api', 'database', 8000, 'TCP', 'refused'],
  ['web', 'database', 5432, 'TCP', 'refused'],
  ['stranger', 'database', 5432, 'TCP', 'refused'],
  ['web', 'api', 8080, 'TCP', 'refused'],
  ['replica', 'database', 5432, 'TCP', 'allowed'],
  ['replica', 'database', 8000, 'TCP', 'allowed'],
  ['database job', 'database', 5432, 'TCP', 'allowed'],
  ['database operator', 'database', 8000, 'TCP', 'allowed'],
  ['database operator', 'database', 5432, 'TCP', 'allowed'],
  ['database operator', 'api', 8080, 'TCP', 'refused'],
  ['prometheus', 'database', 9187, 'TCP', 'allowed'],
  ['prometheus', 'database', 5432, 'TCP', 'refused'],
  ['database', 'API server', 6443, 'TCP', 'allowed'],
  ['database job', 'API server', 6443, 'TCP', 'allowed'],
  ['api', 'API server', 6443, 'TCP', 'refused'],
  ['database', 'internet', 443, 'TCP', 'refused'],
  ['api', 'internet', 443, 'TCP', 'refused'],
  ['web', 'internet', 443, 'TCP', 'refused'],
  ['api', 'dns', 53, 'UDP', 'allowed'],
  ['web', 'dns', 53, 'UDP', 'allowed'],
  ['database', 'dns', 53, 'TCP', 'allowed'],
  ['api', 'other kube-system pod', 53, 'UDP', 'refused'],
  ['neighbour api', 'database', 5432, 'TCP', 'refused'],
  ['neighbour api', 'api', 8080, 'TCP', 'refused'],
  ['neighbour database', 'database', 5432, 'TCP', 'refused'],
  ['api', 'neighbour database', 5432, 'TCP', 'refused'],
  ['internet', 'api', 8080, 'TCP', 'refused'],
  ['internet', 'stranger', 8080, 'TCP', 'refused'],
  ['neighbour api', 'stranger', 8080, 'TCP', 'refused'],
]

/** The same for a chart whose pods nobody knows. */
const FOREIGN_FLOWS: readonly Flow[] = [
  ['ingress controller', 'stranger', 8080, 'TCP', 'allowed'],
  ['ingress controller', 'stranger', 3000, 'TCP', 'allowed'],
  ['ingress controller', 'database', 5432, 'TCP', 'refused'],
  ['web', 'api', 9000, 'TCP', 'allowed'],
  ['stranger', 'database', 5432, 'TCP', 'allowed'],
  ['database operator', 'database', 8000, 'TCP', 'allowed'],
  ['database operator', 'api', 8080, 'TCP', 'refused'],
  ['database', 'API server', 6443, 'TCP', 'allowed'],
  ['stranger', 'API server', 6443, 'TCP', 'refused'],
  ['stranger', 'internet', 443, 'TCP', 'refused'],
  ['stranger', 'dns', 53, 'UDP', 'allowed'],
  ['stranger', 'neighbour database', 5432, 'TCP', 'refused'],
  ['neighbour api', 'stranger', 8080, 'TCP', 'refused'],
  ['internet', 'stranger', 8080, 'TCP', 'refused'],
]

let folder: string
let engine: string
beforeAll(async () => {
  engine = await binary('cyclonus')
  folder = await mkdtemp(join(tmpdir(), 'policies-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The engine's answers, in the order of the flows. */
async function evaluate(policies: readonly unknown[], flows: readonly Flow[]): Promise<string[]> {
  // The engine reads one policy from a file.
  const policyPath = await mkdtemp(join(folder, 'policies-'))
  const trafficPath = join(folder, 'traffic.json')
  await Promise.all(policies.map((policy, index) => writeFile(join(policyPath, `${index}.yaml`), stringify(policy))))
  const traffic = flows.map(([from, to, port, protocol]) => ({
    Source: PEERS[from],
    Destination: PEERS[to],
    Protocol: protocol,
    ResolvedPort: port,
  }))
  await writeFile(trafficPath, JSON.stringify(traffic))
  const { stdout } = await execa(engine, [
    'analyze',
    ...['--mode', 'query-traffic', '--policy-path', policyPath, '--traffic-path', trafficPath],
  ])
  return [...stdout.matchAll(/IS ALLOWED\?\s*\|\s*(TRUE|FALSE)/g)].map(match =>
    match[1] === 'TRUE' ? 'allowed' : 'refused',
  )
}

const { tenant, neighbours } = makeInputs()

test('exactly the flows an environment needs are allowed', async () => {
  const verdicts = await evaluate(desiredNetworkPolicies(tenant, neighbours, 'own'), FLOWS)
  const found = FLOWS.map(([from, to, port, protocol], index) => [from, to, port, protocol, verdicts[index]])
  expect(found).toEqual(FLOWS)
})

test('pods of a foreign chart reach each other, DNS, and nobody outside', async () => {
  const verdicts = await evaluate(desiredNetworkPolicies(tenant, neighbours, 'foreign'), FOREIGN_FLOWS)
  const found = FOREIGN_FLOWS.map(([from, to, port, protocol], index) => [from, to, port, protocol, verdicts[index]])
  expect(found).toEqual(FOREIGN_FLOWS)
})

test('the table can fail: without the default policy, refused flows are allowed', async () => {
  const open = desiredNetworkPolicies(tenant, neighbours, 'own').filter(
    ({ metadata }) => metadata.name !== 'tenantry-default-deny',
  )
  const verdicts = await evaluate(open, FLOWS)
  expect(verdicts).not.toEqual(FLOWS.map(flow => flow[4]))
})
