/**
 * A Proxmox VE cluster for one tenant alone, prepared as docs/proxmox-permissions.md says, in which somebody else has things
 * too. What it holds can be compared with that of another tenant.
 */
import { scaledClock } from '../../dev/proxmox/clock.ts'
import { prepareProxmox } from '../../dev/proxmox/make/administrator.ts'
import { type Client, loggedIn } from '../../dev/proxmox/make/client.ts'
import { type Proxmox, startProxmox } from '../../dev/proxmox/simulator.ts'
import type { Guest, State } from '../../dev/proxmox/state.ts'
import type { Kube } from '../../src/kube/client.ts'
import type { Token } from '../../src/proxmox/token.ts'
import { clusterManifests, MANIFEST_SPEC } from '../make/proxmox-cluster.ts'
import type { Content } from './snapshot.ts'

export interface ProxmoxPlane {
  readonly server: Proxmox
  /** What is there of the tenant, and of anybody else. */
  content(): Content
  /** What was there before. */
  readonly foreign: Content
  /** As a person does to whom somebody has told of it. */
  stopHangingTasks(): Promise<void>
  stop(): Promise<void>
}

export interface PreparedState {
  readonly state: State
  readonly token: Token
}

/** So many seconds of Proxmox VE go by in one. */
export const PLANE_PACE = 400

function startSimulator(): Promise<Proxmox> {
  return startProxmox({ clock: scaledClock(PLANE_PACE), options: { storageBytes: 2 ** 40 } })
}

/** Made once: every plane begins with it. */
export async function preparedState(): Promise<PreparedState> {
  const server = await startSimulator()
  try {
    const { root, token } = await prepareProxmox(server, { scsi0: 'local:1', ide2: 'local:cloudinit' })
    await makeForeign(root)
    return { state: server.dump(), token }
  } finally {
    await server.stop()
  }
}

/** Of somebody else: a network with the first tag of the range, a pool, a user, and a machine. */
async function makeForeign(root: Client): Promise<void> {
  await root.data('POST', '/cluster/sdn/vnets', { vnet: 'office', zone: 'tenants', tag: '100', alias: 'the office' })
  await root.task('PUT', '/cluster/sdn')
  await root.data('POST', '/pools', { poolid: 'internal' })
  await root.data('POST', '/access/users', { userid: 'eve@pve', comment: 'somebody' })
  await root.task('POST', '/nodes/pve1/qemu', { vmid: '100', name: 'somebody', memory: '32', pool: 'internal' })
}

/** With the ProxmoxCluster and the Secret of its token, both of the tenant's name. */
export async function startPlane(kube: Kube, tenant: string, { state, token }: PreparedState): Promise<ProxmoxPlane> {
  const server = await startSimulator()
  server.reset(state)
  const as = { manager: 'person', force: true }
  const spec = { network: { ...MANIFEST_SPEC.network, quarantineSeconds: 10 } }
  const { secret, cluster } = clusterManifests({ server, token }, { name: tenant, secretName: tenant, spec })
  await kube.apply(secret, as)
  await kube.apply(cluster, as)
  const content = () => contentOf(server.dump())
  return {
    server,
    content,
    foreign: contentOf(state),
    stopHangingTasks: () => stopHangingTasks(server),
    stop: () => server.stop(),
  }
}

/** A minute and more of its time, in which every other task is long over. */
async function stopHangingTasks(server: Proxmox): Promise<void> {
  const nowSeconds = server.clock.now() / 1000
  const hanging = server.state.tasks.filter(task => task.endtime === undefined && nowSeconds - task.starttime > 900)
  if (hanging.length === 0) return
  const root = await loggedIn(server)
  for (const { node, upid } of hanging) await root.data('DELETE', `/nodes/${node}/tasks/${encodeURIComponent(upid)}`)
}

/** Ids of guests follow from the tenant's name, and are taken out with what follows from them. */
function contentOf(state: State): Content {
  const { users, acl, pools, guests, volumes, nodes, sdn } = state
  const comparable = comparisonOf(state)
  const parts = {
    users: Object.entries(users).map(([user, { enable, comment, groups }]) => ({ user, enable, comment, groups })),
    rights: acl,
    pools: Object.entries(pools).map(([pool, { comment, vms, storage }]) => ({ pool, comment, vms, storage })),
    volumes: volumes.map(({ volid, node, size, format, vmid }) => ({ volid, node, size, format, vmid })),
    'configured networks': networksOf(sdn.edited),
    'networks in force': nodes.flatMap(({ node, sdn: applied }) => networksOf(applied).map(network => [node, network])),
    'addresses of two': twice(Object.values(guests).flatMap(addressesOf)),
  }
  const byName = Object.groupBy(Object.values(guests), nameOf)
  return Object.fromEntries([
    ...Object.entries(parts).map(([part, values]) => [`Proxmox VE ${part}`, comparable(values)]),
    ...Object.entries(byName).map(([name, same = []]) => [
      `Proxmox VE guest ${name}`,
      comparable(same.map(guestContent)),
    ]),
  ])
}

/** By name, so that the same machine of every tenant has the same number, and in the same order, whichever was made first. */
function comparisonOf({ guests }: State): (values: readonly unknown[]) => unknown[] {
  const numbers = Object.values(guests)
    .filter(({ vmid }) => vmid >= MANIFEST_SPEC.vmidRange.first)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(({ vmid }, index) => [new RegExp(`\\b${vmid}\\b`, 'g'), `${99_000 + index}`] as const)
  const erased = (text: string) => numbers.reduce((kept, [vmid, number]) => kept.replaceAll(vmid, number), text)
  return values =>
    values
      .map(value => sortable(JSON.parse(erased(JSON.stringify(value)))))
      .sort()
      .map(text => JSON.parse(text) as unknown)
}

function networksOf(sdn: Pick<State['sdn']['edited'], 'vnets' | 'subnets'> | undefined): unknown[] {
  return [...Object.entries(sdn?.vnets ?? {}), ...Object.entries(sdn?.subnets ?? {})]
}

function guestContent({ config, running, pending, node, type }: Guest): unknown {
  const { digest: _, vmgenid: __, smbios1: ___, meta: ____, ...kept } = config
  // One that was never to run has no `onboot`, which is the same as 0.
  const settings = { onboot: '0', ...withoutAddresses(kept) }
  return { type, node, pending, isRunning: running !== undefined, config: settings }
}

function nameOf({ config }: Guest): string {
  return config.name ?? config.hostname ?? ''
}

/** Addresses go to whoever comes first. */
function withoutAddresses(config: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, value.replaceAll(MAC, 'MAC').replaceAll(IP, 'ip=ADDRESS/')]),
  )
}

const MAC = /([0-9A-F]{2}:){5}[0-9A-F]{2}/gi
const IP = /ip=[0-9.]+\//g

function addressesOf({ config }: Guest): string[] {
  return Object.values(config).flatMap(value => [...(value.match(MAC) ?? []), ...(value.match(IP) ?? [])])
}

function twice(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

/** The same text for the same content, in whatever order it was made. */
function sortable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part
    if (!Array.isArray(part)) return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    return part.some(each => typeof each === 'object') ? part : part.toSorted()
  })
}
