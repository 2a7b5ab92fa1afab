/** The networks of a simulated Proxmox VE, and the passes over them, with tenants that only have what such a pass reads. */
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { ProxmoxOptions } from '../../dev/proxmox/simulator.ts'
import { knownCluster } from '../../src/controllers/known-cluster.ts'
import type { Outcome } from '../../src/controllers/outcome.ts'
import { createProxmoxConnections } from '../../src/controllers/proxmox-connections.ts'
import { reconcileNetworks } from '../../src/controllers/proxmox-networks.ts'
import { createProxmoxWorld } from '../../src/controllers/proxmox-world.ts'
import { createStatusWriter } from '../../src/controllers/status-writer.ts'
import { createVainApplies } from '../../src/controllers/vain-applies.ts'
import type { NetworkLeaseStatus } from '../../src/crds/network-lease.ts'
import type { Clock } from '../../src/kube/clock.ts'
import * as names from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { preparedProxmox } from './prepared-proxmox.ts'
import { MANIFEST_SPEC } from './proxmox-cluster.ts'
import { makeSpec } from './tenant.ts'
import { watchedKube } from './watched-kube.ts'

export const INSTALLATION = 'c0ffee00-0000-4000-8000-000000000000'

export async function givenNetworks(network: Record<string, unknown> = {}, options: ProxmoxOptions = {}) {
  const prepared = await preparedProxmox(options)
  const { server, token } = prepared
  const world = watchedKube()
  const time = movableClock()
  const requests: string[] = []
  const connections = createProxmoxConnections({
    kube: world.kube,
    namespace: 'tenantry-system',
    mayWrite: () => true,
    known: name => knownCluster(world.cache, name),
    onRequest: ({ route }) => void requests.push(route),
  })
  onTestFinished(() => connections.close())
  const data = { tokenId: btoa(token.id), tokenSecret: btoa(token.secret) }
  const secret = { name: 'proxmox-token', namespace: 'tenantry-system' }
  world.put({ apiVersion: 'v1', kind: 'Secret', metadata: secret, data })
  world.put({
    apiVersion: names.API_VERSION,
    kind: 'ProxmoxCluster',
    metadata: { name: 'proxmox', generation: 1 },
    spec: {
      ...MANIFEST_SPEC,
      endpoints: server.urls,
      tls: { fingerprints: [server.fingerprint] },
      network: { ...MANIFEST_SPEC.network, quarantineSeconds: 60, ...network },
    },
    status: { observedGeneration: 1, conditions: [READY] },
  })
  const proxmox = createProxmoxWorld({
    clusters: world.cache.proxmoxClusters,
    connections,
    kube: world.kube,
    installation: () => INSTALLATION,
    clock: time.clock,
  })
  const events: string[] = []
  const writeStatus = createStatusWriter<NetworkLeaseStatus>({
    kube: world.kube,
    recordEvent: ({ metadata }, { type, reason }) => void events.push(`${type} ${reason} ${metadata.name}`),
    guarded: true,
  })
  const lines: string[] = []
  const logger = pino({}, { write: line => void lines.push(line) })
  const now = () => time.clock.date().toISOString()
  const ports = {
    cache: world.cache,
    kube: world.kube,
    proxmox,
    writeStatus,
    vainApplies: createVainApplies(),
    logger,
    now,
  }
  const pass = () => reconcileNetworks(ports, 'proxmox')
  return {
    ...prepared,
    ...world,
    ports,
    events,
    lines,
    /** `GET /version`, in order. */
    requests,
    pass,
    advance: time.advance,
    /** Passes until nothing is under way any more: what is left waits for somebody else, or for a time. */
    async settle(): Promise<Outcome> {
      let idle = 0
      for (let passes = 0; passes < 60; passes += 1) {
        const outcome = await pass()
        const isUnderWay = outcome.end === 'again' || (await isApplying(prepared.root))
        idle = isUnderWay ? 0 : idle + 1
        if (outcome.end === 'done' || outcome.end === 'terminal' || idle === 3) return outcome
        // Lets the nodes of the simulation come on.
        await new Promise(resolve => setTimeout(resolve, 10))
        time.advance(1000)
      }
      throw new Error('the networks do not come to rest')
    },
    tenant: (name: string, given: TenantGiven = {}) => world.put(tenantObject(name, given)),
    /** `100 acme Ready InForce`, by tag. */
    leases: () => world.list('NetworkLease').map(leaseText).sort(),
    leaseOf: (tenant: string) =>
      world.list('NetworkLease').find(({ metadata }) => metadata.labels?.[names.TENANT_LABEL] === tenant)?.metadata
        .name ?? '',
    message(lease: string): string | undefined {
      const { conditions = [] } = (world.get('NetworkLease', lease)?.status ?? {}) as NetworkLeaseStatus
      return conditions.find(({ type }) => type === 'Ready')?.message
    },
    /** As root sees them. */
    vnets: () =>
      prepared.root.data('GET', '/cluster/sdn/vnets', { pending: '1' }) as Promise<Record<string, unknown>[]>,
    applies: () => lines.filter(line => line.includes('"step":"sdn.apply"')).length,
  }
}

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Connected',
  message: '',
  lastTransitionTime: '2026-11-21T12:00:00Z',
}

export interface TenantGiven {
  readonly vlan?: number
  readonly createdAt?: string
  readonly uid?: string
  readonly annotations?: Record<string, string>
}

function tenantObject(name: string, { vlan, createdAt, uid = `uid-of-${name}`, annotations }: TenantGiven): KubeObject {
  const proxmox = { cluster: 'proxmox', ...(vlan === undefined ? {} : { vlan }) }
  return {
    apiVersion: names.API_VERSION,
    kind: 'Tenant',
    metadata: {
      name,
      uid,
      finalizers: [names.FINALIZER],
      ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { ...makeSpec(), proxmox } as unknown as Record<string, unknown>,
  }
}

function leaseText({ spec, status }: KubeObject): string {
  const { tag, tenant } = spec as { tag: number; tenant: { name: string } }
  const { phase, conditions = [] } = (status ?? {}) as NetworkLeaseStatus
  const ready = conditions.find(({ type }) => type === 'Ready')
  return [tag, tenant.name, phase ?? 'none', ready?.reason ?? 'none'].join(' ')
}

async function isApplying(root: { data(method: string, path: string): Promise<unknown> }): Promise<boolean> {
  const tasks = (await root.data('GET', '/cluster/tasks')) as { type: string; endtime?: number }[]
  return tasks.some(({ type, endtime }) => ['reloadnetworkall', 'srvreload'].includes(type) && endtime === undefined)
}

/** Nobody sleeps on it; it moves when a test says so. */
function movableClock(): { clock: Clock; advance: (ms: number) => void } {
  let nowMs = 0
  const advance = (ms: number) => {
    nowMs += ms
  }
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async ms => advance(Math.max(0, ms)),
    date: () => new Date(Date.parse('2026-11-21T12:00:00Z') + nowMs),
  }
  return { clock, advance }
}
