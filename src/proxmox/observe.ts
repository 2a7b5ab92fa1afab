/**
 * Looks at a Proxmox VE cluster as a whole. What the token may not see is left out by Proxmox VE itself; what could not be
 * looked at throws.
 */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterObservation, ProxmoxGuest } from '../plan/proxmox-observation.ts'
import { requirementsOf } from '../plan/proxmox-privileges.ts'
import type { Proxmox } from './client.ts'
import { isForbidden, isMissing, isNodeUnreachable } from './errors.ts'
import { observeQuorum } from './quorum.ts'
import type { Answer } from './route.ts'
import { access, pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { qemu } from './routes/qemu.ts'
import { sdn } from './routes/sdn.ts'

/** Throws a ProxmoxError. */
export async function observeCluster(
  proxmox: Proxmox,
  spec: ProxmoxClusterSpec,
  tokenId: string,
): Promise<ProxmoxClusterObservation> {
  // Alone, for it is what fails when nothing works.
  const { version } = await proxmox.call(cluster.getVersion, {})
  const [nodes, quorate, resources, permissions, roles, pools, groups, zones, vnets] = await Promise.all([
    proxmox.call(cluster.listNodes, {}),
    observeQuorum(proxmox),
    proxmox.call(cluster.listResources, {}),
    proxmox.call(access.getPermissions, {}),
    proxmox.call(access.listRoles, {}),
    proxmox.call(pool.list, {}),
    proxmox.call(access.listGroups, {}),
    proxmox.call(sdn.listZones, {}),
    proxmox.call(sdn.listVnets, {}),
  ])
  const guests = resources.flatMap(guestOf)
  const observed = {
    version,
    tokenId,
    nodes: nodes.map(({ node, status, ssl_fingerprint: fingerprint }) => ({
      name: node,
      online: status === 'online',
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })),
    ...(quorate === undefined ? {} : { quorate }),
    guests,
    templateBridges: await observeBridges(proxmox, guests, spec.placement.templates),
    pools: pools.map(({ poolid }) => poolid),
    groups: groups.map(({ groupid }) => groupid),
    roles: Object.fromEntries(roles.map(({ roleid, privs }) => [roleid, privs])),
    storages: resources.flatMap(row => (row.type === 'storage' ? [row.storage] : [])),
    zones: zones.map(({ zone, type }) => ({ zone, ...(type === undefined ? {} : { type }) })),
    vnets: vnets.map(({ vnet, zone, tag }) => ({
      vnet,
      ...(zone === undefined ? {} : { zone }),
      ...(tag === undefined ? {} : { tag }),
    })),
    permissions,
  }
  return { ...observed, permissions: { ...permissions, ...(await observePermissions(proxmox, spec, observed)) } }
}

/** Asked path by path: the whole list leaves out a path on which the token has nothing, for whatever reason. */
async function observePermissions(
  proxmox: Proxmox,
  spec: ProxmoxClusterSpec,
  observed: ProxmoxClusterObservation,
): Promise<ProxmoxClusterObservation['permissions']> {
  const paths = [...new Set(requirementsOf(spec, observed).map(({ path }) => path))]
  const found = await Promise.all(paths.map(path => proxmox.call(access.getPermissions, { path })))
  return Object.fromEntries(paths.map((path, index) => [path, found[index]?.[path] ?? {}]))
}

function guestOf(row: Answer<typeof cluster.listResources>[number]): ProxmoxGuest[] {
  if (row.type !== 'qemu' && row.type !== 'lxc') return []
  const { type, vmid, node, template, name, pool: poolId } = row
  const named = name === undefined ? {} : { name }
  return [{ type, vmid, node, template, ...named, ...(poolId === undefined ? {} : { pool: poolId }) }]
}

/** Of templates that cannot be looked at there are none; that they are missing, or the right to see them, is told anyway. */
async function observeBridges(
  proxmox: Proxmox,
  guests: readonly ProxmoxGuest[],
  templates: readonly number[],
): Promise<string[]> {
  const visible = guests.filter(({ vmid, type }) => type === 'qemu' && templates.includes(vmid))
  const found = await Promise.all(visible.map(guest => bridgesOf(proxmox, guest)))
  return [...new Set(found.flat())].sort()
}

async function bridgesOf(proxmox: Proxmox, { node, vmid }: ProxmoxGuest): Promise<string[]> {
  try {
    const config = await proxmox.call(qemu.getConfig, { node, vmid })
    const cards = Object.entries(config).filter(([key]) => /^net\d+$/.test(key))
    return cards.flatMap(([, card]) => /\bbridge=([^,]+)/.exec(card)?.[1] ?? [])
  } catch (error) {
    if (isForbidden(error) || isMissing(error) || isNodeUnreachable(error)) return []
    throw error
  }
}
