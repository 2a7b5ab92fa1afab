/** Two hundred tenants on one range of tags, at once, by two replicas: nothing is given out twice, and what is too little is told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../dev/cluster/free-port.ts'
import type { NetworkLeaseStatus } from '../../src/crds/network-lease.ts'
import type { TenantMachineStatus } from '../../src/crds/tenant-machine.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type PreparedProxmox, preparedProxmox } from '../make/prepared-proxmox.ts'
import { clusterManifests, MANIFEST_SPEC } from '../make/proxmox-cluster.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { type OperatorProgram, startProgram } from './operator-program.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

const COUNT = 200
const TAGS = { first: 100, last: 100 + COUNT - 2 }
const TENANTS = Array.from({ length: COUNT }, (_, index) => `many-${String(index).padStart(3, '0')}`)

let environment: OperatorEnvironment
let folder: string
let replicas: OperatorProgram[] = []
let metricsPorts: number[] = []
beforeAll(async () => {
  environment = await startEnvironment('proxmox-many')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-many-'))
})
afterAll(async () => {
  for (const replica of replicas) replica.kill('SIGKILL')
  await Promise.all(replicas.map(({ ended }) => ended))
  await environment?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function begin(prepared: PreparedProxmox): Promise<void> {
  // The Kubernetes half ends at the release, which is enough here.
  const helm = join(folder, 'helm')
  await writeFile(helm, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const network = { ...MANIFEST_SPEC.network, vlanRange: TAGS, quarantineSeconds: 3 }
  const placement = { ...MANIFEST_SPEC.placement, clonesAtOnce: 16 }
  const { secret, cluster } = clusterManifests(prepared, { spec: { network, placement } })
  await environment.apply(secret, cluster, planManifest('small'))
  const kubeconfig = await environment.operatorKubeconfig()
  const flags = { kubeconfig, helm, renderer: helm, shards: 2, workers: 8 }
  metricsPorts = await Promise.all([freePort(), freePort()])
  replicas = metricsPorts.map((port, index) => startProgram({ ...flags, identity: `r${index}`, 'metrics-port': port }))
  await Promise.all(replicas.map(({ ready }) => ready))
}

const machines = [{ name: 'vm', template: { vmid: 9000 }, clone: 'Linked', memory: '32Mi' }]
/** Every fourth has a machine, which takes its time. */
const withMachine = TENANTS.filter((_, index) => index % 4 === 0)
const manifestOf = (name: string) =>
  tenantManifest(name, {
    proxmox: { cluster: 'proxmox' },
    ...(withMachine.includes(name) ? { machines } : {}),
  })
const statusOf = <Status>({ status }: KubeObject) => (status ?? {}) as Partial<Status>
const MINUTE_MS = 60_000
/** Of each replica for its tenants and machines, and of the passes over the networks and the cluster itself. */
const MOST_LOOKS = 12
/** Requests that serve all tenants. A machine is looked at closely when it has come to rest, and every ten minutes. */
const MOST_SHARED = 120
const unique = (values: readonly unknown[]) => new Set(values).size
const inForce = (leases: readonly KubeObject[]) =>
  leases.filter(lease => statusOf<NetworkLeaseStatus>(lease).phase === 'Ready')

test('each gets a tag, a subnet and an id of its own; who comes too late says so, and takes the tag that comes free', {
  timeout: 600_000,
}, async () => {
  const prepared = await preparedProxmox({ options: { storageBytes: 2 ** 40 } }, { scsi0: 'local:1' })
  await begin(prepared)
  await environment.apply(...TENANTS.map(manifestOf))

  const leases = await eventually(
    () => environment.list('networklease'),
    found => inForce(found).length === COUNT - 1,
    400_000,
  )
  expect(unique(leases.map(({ spec }) => (spec as { tag: number }).tag))).toBe(COUNT - 1)
  expect(unique(leases.map(lease => statusOf<NetworkLeaseStatus>(lease).subnet))).toBe(COUNT - 1)
  const waiting = await eventually(
    async () =>
      (await environment.list('tenant')).filter(tenant => conditionsOf(tenant).NetworkReady === 'False VlansExhausted'),
    found => found.length === 1,
  )
  const late = waiting[0]?.metadata.name ?? ''
  const made = await eventually(
    () => environment.list('tenantmachine'),
    found =>
      found.filter(machine => conditionsOf(machine).Ready === 'True Converged').length ===
      withMachine.filter(name => name !== late).length,
    400_000,
  )
  const vmids = made.flatMap(machine => statusOf<TenantMachineStatus>(machine).vmid ?? [])
  expect(unique(vmids)).toBe(vmids.length)
  const { guests, pools, sdn } = prepared.server.dump()
  const vnetOf = (tenant: string) => {
    const lease = leases.find(({ spec }) => (spec as { tenant: { name: string } }).tenant.name === tenant)
    return lease && statusOf<NetworkLeaseStatus>(lease).vnet
  }
  const bridges = made.flatMap(({ metadata: { namespace = '' }, status }) => {
    const { vmid } = status as TenantMachineStatus
    if (vmid === undefined) return []
    const net0 = guests[vmid]?.config.net0 ?? ''
    return [[/bridge=([^,]+)/.exec(net0)?.[1], vnetOf(namespace.replace(/^tenant-/, ''))]]
  })
  expect(bridges.map(([bridge]) => bridge)).toEqual(bridges.map(([, vnet]) => vnet ?? 'a vnet'))
  expect(Object.keys(guests)).toHaveLength(vmids.length + 1)
  expect(Object.keys(pools)).toHaveLength(COUNT)
  expect(unique(Object.values(sdn.running.vnets).map(({ tag }) => tag))).toBe(COUNT - 1)

  const leaver = TENANTS.find(name => name !== late) ?? ''
  const freed = leases.find(({ spec }) => (spec as { tenant: { name: string } }).tenant.name === leaver)
  await environment.kubectl(['delete', 'tenant', leaver, '--wait=false'])
  const taken = await eventually(
    async () =>
      inForce(await environment.list('networklease')).find(
        ({ spec }) => (spec as { tenant: { name: string } }).tenant.name === late,
      ),
    found => found !== undefined,
    200_000,
  )
  expect(taken?.metadata.name).toBe(freed?.metadata.name)

  const last = withMachine.includes(late) ? 'MachinesReady' : 'ProxmoxReady'
  const isServed = (tenant: KubeObject) => conditionsOf(tenant)[last]?.startsWith('True')
  await eventually(
    () => environment.list('tenant'),
    found => found.some(tenant => tenant.metadata.name === late && isServed(tenant)),
    200_000,
  )
  const asked = await proxmoxRequests(MINUTE_MS)
  console.log(`${COUNT - 1} converged tenants, two replicas: ${asked.total} requests a minute`, asked.byRoute)
  expect(asked.byRoute['GET /cluster/resources']).toBeLessThanOrEqual(MOST_LOOKS)
  const closeLooks = Object.entries(asked.byRoute).filter(([route]) => route.includes('{vmid}'))
  expect(Math.max(0, ...closeLooks.map(([, count]) => count))).toBeLessThanOrEqual(withMachine.length)
  expect(asked.total - closeLooks.reduce((sum, [, count]) => sum + count, 0)).toBeLessThan(MOST_SHARED)
})

/** Of both replicas to Proxmox VE, from now on. */
async function proxmoxRequests(ms: number) {
  const before = await countedRequests()
  await delay(ms)
  const after = await countedRequests()
  const more = [...after].map(([route, count]) => [route, count - (before.get(route) ?? 0)] as const)
  const byRoute = Object.fromEntries(more.filter(([, count]) => count > 0))
  return { byRoute, total: Object.values(byRoute).reduce((sum, count) => sum + count, 0) }
}

async function countedRequests(): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const port of metricsPorts) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const [, route = '', count] of text.matchAll(
      /^tenantry_proxmox_requests_total\{route="([^"]+)".*\} (\d+)$/gm,
    )) {
      counts.set(route, (counts.get(route) ?? 0) + Number(count))
    }
  }
  return counts
}
