/**
 * Tenant acme with a network and a pool on a simulated Proxmox VE, and passes over its machines: the real client, with the rights
 * that docs/proxmox-permissions.md grants, and TenantMachines in memory.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { createGuestLooks } from '../../src/controllers/guest-looks.ts'
import { createMachineWriter } from '../../src/controllers/machine-writer.ts'
import { reconcileMachines } from '../../src/controllers/machines.ts'
import { createProxmoxWorld } from '../../src/controllers/proxmox-world.ts'
import { readSecret } from '../../src/controllers/secret-reader.ts'
import type { TenantEvent } from '../../src/controllers/worlds.ts'
import type { TenantMachineStatus } from '../../src/crds/tenant-machine.ts'
import { KubeError } from '../../src/kube/errors.ts'
import * as names from '../../src/plan/names.ts'
import type { KubeObject, ObjectRef } from '../../src/plan/object.ts'
import { markText } from '../../src/plan/proxmox-mark.ts'
import type { Proxmox, RequestReport } from '../../src/proxmox/client.ts'
import { operatorClient, type PreparedProxmox, preparedProxmox } from './prepared-proxmox.ts'
import { MANIFEST_SPEC } from './proxmox-cluster.ts'
import { makeCache, type TestCache } from './tenant-cache.ts'

export const ACME = { name: 'acme', uid: 'uid-acme' }
export const NAMESPACE = names.namespaceName(ACME.name)
export const POOL = 'tenants/acme'
/** A template with a disk, on a node of its own rights. */
export const DISK_TEMPLATE = 9001

export interface MachineWorld {
  readonly proxmox: PreparedProxmox
  readonly cache: TestCache
  readonly events: TenantEvent[]
  readonly requests: RequestReport[]
  readonly secrets: Map<string, Record<string, string>>
  /** As a person or the tenant's pass makes, edits or deletes it. */
  make(name: string, spec: object): void
  edit(name: string, spec: object): void
  remove(name: string): void
  /** The kind TenantMachine is being removed, and the API server deletes all machines. */
  removeKind(): void
  /** Passes until this holds of the machine, or it is gone. */
  until(name: string, holds: (status: TenantMachineStatus | undefined) => boolean): Promise<TenantMachineStatus>
  untilReady(name: string): Promise<TenantMachineStatus>
  untilGone(name: string): Promise<void>
  pass(): ReturnType<typeof reconcileMachines>
  status(name: string): TenantMachineStatus | undefined
  /** Dies at the n-th write from now on, before or after it: nothing more goes out until somebody restarts it. */
  dieAt(write: number, moment: 'before' | 'after'): void
  /** Writes since then, to Proxmox VE and to the API server. */
  readonly writes: readonly string[]
  isDead(): boolean
  /** A new process, which knows nothing. */
  restart(): void
  /** The configuration of a guest, as root sees it. */
  config(vmid: number | undefined): Promise<Record<string, unknown>>
}

export async function machineWorld(options: Parameters<typeof preparedProxmox>[0] = {}): Promise<MachineWorld> {
  const proxmox = await preparedProxmox(options)
  const { root, server } = proxmox
  const drives = { scsi0: 'local:1', ide2: 'local:cloudinit', net0: 'virtio=02:00:00:00:90:01,bridge=vmbr0' }
  await root.task('POST', '/nodes/pve1/qemu', { vmid: `${DISK_TEMPLATE}`, name: 'debian-13', memory: '32', ...drives })
  await root.task('POST', `/nodes/pve1/qemu/${DISK_TEMPLATE}/template`)
  await root.data('PUT', '/access/acl', {
    path: `/vms/${DISK_TEMPLATE}`,
    roles: 'TenantryTemplates',
    users: 'operator@pve',
  })
  await root.data('POST', '/pools', { poolid: POOL, comment: markText({ installation: 'here', tenant: ACME }) })
  const cache = makeCache({
    tenants: [objectOf('Tenant', { ...ACME }, { spec: { plan: 'professional', proxmox: { cluster: 'pve' } } })],
    namespaces: [objectOf('Namespace', { name: NAMESPACE, labels: labelsOf(ACME) })],
    networkLeases: [lease()],
    proxmoxClusters: [cluster(server.urls, server.fingerprint)],
    plans: [],
  })
  const requests: RequestReport[] = []
  const mortality = makeMortality()
  const client = mortal(operatorClient(proxmox, { onRequest: report => void requests.push(report) }), mortality)
  const secrets = new Map<string, Record<string, string>>()
  const kube = machineKube(cache, secrets, mortality)
  const clock = {
    nowMs: () => server.clock.now(),
    date: () => new Date(server.clock.now()),
    sleep: (ms: number) => server.clock.sleep(ms),
  }
  const start = () => {
    const world = createProxmoxWorld({
      clusters: cache.proxmoxClusters,
      connections: {
        open: async () => ({ proxmox: client, tokenId: proxmox.token.id }),
        forget: async () => {},
        close: async () => {},
      },
      kube,
      installation: () => 'here',
      clock,
    })
    return { world, looks: createGuestLooks({ connect: name => world.connect(name), clock }) }
  }
  const events: TenantEvent[] = []
  let isKindLeaving = false
  let process = start()
  const ports = () => ({
    cache,
    ...process,
    writer: createMachineWriter(kube),
    readSecret: (key: Parameters<typeof readSecret>[1]) => readSecret(kube, key),
    readTenant: async (name: string) => cache.tenants.get(name),
    isKindLeaving: async () => isKindLeaving,
    recordEvent: (_: KubeObject, event: TenantEvent) => void events.push(event),
    logger: pino({ level: 'silent' }),
    now: () => clock.date().toISOString(),
  })
  const found = (name: string) => cache.machines.get(name, NAMESPACE)
  const status = (name: string) => found(name)?.status as TenantMachineStatus | undefined
  const pass = () => reconcileMachines(ports(), ACME.name)
  const until: MachineWorld['until'] = async (name, holds) => {
    for (let passes = 0; passes < 200; passes += 1) {
      const { end } = await pass().catch(error => {
        if (mortality.dead) return { end: 'done' }
        throw error
      })
      const known = status(name)
      if (holds(known) || mortality.dead) return known ?? { observedGeneration: -1 }
      await sleep(end === 'again' ? 0 : 5)
    }
    throw new Error(`200 passes were not enough: ${JSON.stringify(status(name))}`)
  }
  const remove = (name: string) => {
    const before = found(name) as KubeObject
    const { resourceVersion, finalizers = [] } = before.metadata
    if (finalizers.length === 0) return cache.machines.remove(before)
    const deletionTimestamp = clock.date().toISOString()
    const metadata = { ...before.metadata, deletionTimestamp, resourceVersion: `${resourceVersion}d` }
    cache.machines.put({ ...before, metadata })
  }
  return {
    proxmox,
    cache,
    events,
    requests,
    secrets,
    status,
    pass,
    until,
    make: (name, spec) =>
      cache.machines.put({
        ...objectOf(
          'TenantMachine',
          { name, namespace: NAMESPACE, uid: `uid-${name}`, resourceVersion: '1' },
          { spec },
        ),
      }),
    edit(name, spec) {
      const before = found(name) as KubeObject
      const { generation = 1, resourceVersion } = before.metadata
      const metadata = { ...before.metadata, generation: generation + 1, resourceVersion: `${resourceVersion}e` }
      cache.machines.put({ ...before, metadata, spec: { ...(before.spec as object), ...spec } })
    },
    remove,
    removeKind() {
      isKindLeaving = true
      for (const { metadata } of cache.machines.list()) remove(metadata.name)
    },
    writes: mortality.writes,
    dieAt: mortality.dieAt,
    isDead: () => mortality.dead,
    restart() {
      mortality.dieAt(0, 'before')
      process = start()
    },
    untilReady: name => until(name, isReady),
    untilGone: async name => void (await until(name, () => found(name) === undefined)),
    config: async vmid => {
      const row = (await root.data('GET', '/cluster/resources')).find((one: { vmid?: number }) => one.vmid === vmid)
      return root.data('GET', `/nodes/${row.node}/${row.type}/${vmid}/config`)
    },
  }
}

export function isReady(status: TenantMachineStatus | undefined): boolean {
  return reasonOf(status) === 'True Converged'
}

/** `False Making`, of the condition Ready or another one. */
export function reasonOf(status: TenantMachineStatus | undefined, type = 'Ready'): string | undefined {
  const found = status?.conditions?.find(condition => condition.type === type)
  return found && `${found.status} ${found.reason}`
}

function objectOf(kind: string, metadata: KubeObject['metadata'], rest: object = {}): KubeObject {
  const creationTimestamp = '2026-01-01T00:00:00Z'
  return { apiVersion: names.API_VERSION, kind, metadata: { generation: 1, creationTimestamp, ...metadata }, ...rest }
}

function labelsOf({ name, uid }: typeof ACME) {
  return { [names.TENANT_LABEL]: name, [names.TENANT_UID_LABEL]: uid }
}

export function lease(phase = 'Ready'): KubeObject {
  const network = { bridge: 'vmbr0', subnet: '10.64.110.0/24', gateway: '10.64.110.1' }
  const spec = { cluster: 'pve', tag: 110, tenant: ACME }
  return objectOf('NetworkLease', { name: 'pve-110' }, { spec, status: { observedGeneration: 1, phase, ...network } })
}

function cluster(endpoints: readonly string[], fingerprint: string): KubeObject {
  const time = '2026-01-01T00:00:00Z'
  const condition = { type: 'Ready', status: 'True', reason: 'Connected', message: '', lastTransitionTime: time }
  const network = { type: 'bridge', bridge: 'vmbr0', vlanRange: { first: 100, last: 199 } }
  const placement = { storages: ['local'], templates: [9000, DISK_TEMPLATE] }
  const spec = { ...MANIFEST_SPEC, endpoints, tls: { fingerprints: [fingerprint] }, network, placement }
  return objectOf(
    'ProxmoxCluster',
    { name: 'pve' },
    { spec, status: { observedGeneration: 1, conditions: [condition] } },
  )
}

/** As much of the API server as machines need: versions are compared, and the last finalizer lets an object go. */
function machineKube(
  cache: TestCache,
  secrets: ReadonlyMap<string, Record<string, string>>,
  { around }: Pick<Mortality, 'around'>,
) {
  let version = 1
  const read = ({ kind, name, namespace }: ObjectRef): KubeObject | undefined => {
    if (kind !== 'Secret') return cache.machines.get(name, namespace)
    const data = secrets.get(name)
    const encoded = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    return data && { ...objectOf('Secret', { name }), data: Object.fromEntries(encoded) }
  }
  const write = (ref: ObjectRef, seen: string | undefined, change: (found: KubeObject) => KubeObject) => {
    const found = read(ref)
    if (found === undefined) throw new KubeError({ status: 404, reason: 'NotFound', message: 'gone' })
    if (seen !== found.metadata.resourceVersion) {
      throw new KubeError({ status: 409, reason: 'Conflict', message: 'changed' })
    }
    const changed = change(found)
    version += 1
    const { deletionTimestamp, finalizers = [] } = changed.metadata
    const stored = { ...changed, metadata: { ...changed.metadata, resourceVersion: `${version}` } }
    if (deletionTimestamp !== undefined && finalizers.length === 0) cache.machines.remove(stored)
    else cache.machines.put(stored)
    return stored
  }
  return {
    get: (ref: ObjectRef) => around('', async () => read(ref)),
    apply: (object: KubeObject) =>
      around('status', async () =>
        write({ ...object, ...object.metadata } as unknown as ObjectRef, object.metadata.resourceVersion, found => ({
          ...found,
          status: object.status,
        })),
      ),
    patch: (ref: ObjectRef, patch: Record<string, unknown>) => {
      const { resourceVersion, ...metadata } = patch.metadata as KubeObject['metadata']
      return around('finalizer', async () =>
        write(ref, resourceVersion, found => ({ ...found, metadata: { ...found.metadata, ...metadata } })),
      )
    },
  }
}

interface Mortality {
  dead: boolean
  readonly writes: string[]
  readonly dieAt: MachineWorld['dieAt']
  /** Reads have no name: to die at one is to die before it, for it changes nothing. */
  around<T>(write: string, work: () => Promise<T>): Promise<T>
}

/** A real death stops everything at once; this one has every later call fail, whoever catches the failure. */
function makeMortality(): Mortality {
  const writes: string[] = []
  let death = { at: 0, moment: 'before' }
  const mortality: Mortality = {
    dead: false,
    writes,
    dieAt(at, moment) {
      death = { at, moment }
      writes.length = 0
      mortality.dead = false
    },
    async around(write, work) {
      const die = (moment: string) => {
        if (write !== '' && writes.length === death.at && moment === death.moment) mortality.dead = true
        if (mortality.dead) throw new Error('dead')
      }
      if (write !== '' && !mortality.dead) writes.push(write)
      die('before')
      const result = await work()
      die('after')
      return result
    },
  }
  return mortality
}

function mortal(client: Proxmox, { around }: Mortality): Proxmox {
  return {
    ...client,
    call: (route, params) =>
      around(route.method === 'GET' ? '' : `${route.method} ${route.path}`, () => client.call(route, params)),
  }
}
