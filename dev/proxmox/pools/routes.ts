/** `/pools`: groups of guests and storages that rights are given on, nested up to three levels. */

import { anybody, holds, mayHold, mustHold, mustModifyPermissions } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { guestRow } from '../cluster/guest-rows.ts'
import { storageRow } from '../cluster/storage-rows.ts'
import { poolName, storageId, vmid } from '../schema/formats.ts'
import { flag, formatted, listOf, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { withUserConfig } from '../simulation.ts'
import type { Pool, Row, State } from '../state.ts'

const poolid = formatted(poolName)
const comment = optional({ comment: text() })
const kind = oneOf('qemu', 'lxc', 'storage')
const changes: Parameters = {
  poolid,
  ...comment,
  ...optional({ 'allow-move': flag(), delete: flag(), storage: listOf(storageId), vms: listOf(vmid) }),
}
const allocates = holds('/pool/{poolid}', 'Pool.Allocate')
/** Cannot name a nested pool; the routes without it can. */
const oldPath = '/pools/{poolid}'

export const poolRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/pools',
    params: optional({ poolid, type: { ...kind, requires: 'poolid' } }),
    may: anybody,
    run: call => (given(call, 'poolid') ? [poolWithMembers(call)] : listPools(call)),
  },
  {
    method: 'POST',
    path: '/pools',
    params: { poolid, ...comment },
    may: allocates,
    run: call => withUserConfig(call.sim, 'create pool failed', () => createPool(call)),
  },
  { method: 'PUT', path: '/pools', params: changes, may: allocates, run: updatePool },
  { method: 'PUT', path: oldPath, params: changes, may: allocates, run: updatePool },
  { method: 'DELETE', path: '/pools', params: { poolid }, may: allocates, run: deletePool },
  { method: 'DELETE', path: oldPath, params: { poolid }, may: allocates, run: deletePool },
  {
    method: 'GET',
    path: oldPath,
    params: { poolid, ...optional({ type: kind }) },
    may: holds('/pool/{poolid}', 'Pool.Audit'),
    run: poolWithMembers,
  },
]

const withComment = ({ comment: about }: Pool): Row => (about ? { comment: about } : {})

function existing(call: Call): Pool {
  const id = param(call, 'poolid')
  const pool = call.sim.state.pools[id]
  if (pool === undefined) throw failure(`pool '${id}' does not exist`)
  return pool
}

function listPools(call: Call): Row[] {
  return Object.entries(call.sim.state.pools)
    .filter(([id]) => mayHold(call, `/pool/${id}`, 'Pool.Audit'))
    .map(([id, pool]) => ({ poolid: id, ...withComment(pool) }))
    .toSorted((a, b) => (a.poolid < b.poolid ? -1 : 1))
}

/** Shown to everybody who knows the name. */
function poolWithMembers(call: Call): Row {
  const { sim, node } = call
  const pool = existing(call)
  const type = given(call, 'type')
  const guests = pool.vms
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
    .flatMap(id => sim.state.guests[id] ?? [])
    .filter(guest => type === undefined || type === guest.type)
    .map(guest => guestRow(sim, guest))
  const storages = pool.storage
    .toSorted()
    .filter(() => type === undefined || type === 'storage')
    .flatMap(name => {
      const storage = sim.state.storages[name]
      if (storage === undefined) return []
      const nodes = splitList(storage.options.nodes ?? '').toSorted()
      return [storageRow(sim, name, storage, nodes.includes(node) ? node : (nodes[0] ?? node))]
    })
  return { poolid: param(call, 'poolid'), ...withComment(pool), members: [...guests, ...storages] }
}

function createPool(call: Call): null {
  const { pools } = call.sim.state
  const id = param(call, 'poolid')
  if (pools[id] !== undefined) throw failure(`pool '${id}' already exists`)
  const [, parent, leaf = id] = /^(.*)\/([^/]+)$/.exec(id) ?? []
  if (parent !== undefined && pools[parent] === undefined) {
    throw failure(`parent '${parent}' of pool '${id}' does not exist`)
  }
  if (!/^[A-Za-z]/.test(leaf)) throw failure('pool name must start with a letter')
  const about = given(call, 'comment')
  pools[id] = { vms: [], storage: [], ...(about ? { comment: about } : {}) }
  return null
}

/** All or nothing: what fails leaves the file as it was. */
async function updatePool(call: Call): Promise<null> {
  const { state } = call.sim
  await withUserConfig(call.sim, 'update pools failed', () => {
    const pools = structuredClone(state.pools)
    const pool = pools[param(call, 'poolid')]
    if (pool === undefined) throw failure(`pool '${param(call, 'poolid')}' does not exist`)
    const about = given(call, 'comment')
    if (about !== undefined) pool.comment = about
    for (const id of splitList(given(call, 'vms') ?? '')) changeGuest(call, pools, pool, Number(id))
    for (const id of splitList(given(call, 'storage') ?? '')) changeStorage(call, pool, id)
    state.pools = pools
  })
  return null
}

function changeGuest(call: Call, pools: State['pools'], pool: Pool, id: number): void {
  mustModifyPermissions(call, `/vms/${id}`)
  const isMember = pool.vms.includes(id)
  if (isOn(call, 'delete')) {
    if (!isMember) throw failure(`VM ${id} is not a pool member`)
    pool.vms = pool.vms.filter(other => other !== id)
    return
  }
  if (isMember) throw failure(`VM ${id} is already a pool member`)
  const [name, former] = Object.entries(pools).find(([, other]) => other.vms.includes(id)) ?? []
  if (former !== undefined) {
    if (!isOn(call, 'allow-move')) {
      throw failure(`VM ${id} belongs already to pool '${name}' and 'allow-move' is not set`)
    }
    mustHold(call, `/pool/${name}`, ['Pool.Allocate'])
    former.vms = former.vms.filter(other => other !== id)
  }
  pool.vms.push(id)
}

function changeStorage(call: Call, pool: Pool, id: string): void {
  mustModifyPermissions(call, `/storage/${id}`)
  const isMember = pool.storage.includes(id)
  if (isOn(call, 'delete')) {
    if (!isMember) throw failure(`Storage '${id}' is not a pool member`)
    pool.storage = pool.storage.filter(other => other !== id)
  } else {
    if (isMember) throw failure(`Storage '${id}' is already a pool member`)
    pool.storage.push(id)
  }
}

async function deletePool(call: Call): Promise<null> {
  const { state } = call.sim
  await withUserConfig(call.sim, 'delete pool failed', () => {
    const id = param(call, 'poolid')
    const content = contentOf(state, id, existing(call))
    if (content !== undefined) throw failure(`pool '${id}' is not empty (contains ${content})`)
    delete state.pools[id]
    // Entries of nested pools stay: the real one looks for them under a name with a slash, and finds none.
    if (!id.includes('/')) {
      state.acl = state.acl.filter(({ path }) => path !== `/pool/${id}` && !path.startsWith(`/pool/${id}/`))
    }
  })
  return null
}

/** What has been destroyed does not count. */
function contentOf(state: State, id: string, pool: Pool): string | undefined {
  const inside = Object.keys(state.pools).toSorted()
  const child = inside.find(name => name.startsWith(`${id}/`) && !name.slice(id.length + 1).includes('/'))
  if (child !== undefined) return `pool '${child}'`
  const guest = pool.vms.toSorted().find(vm => state.guests[vm] !== undefined)
  if (guest !== undefined) return `VM ${guest}`
  const storage = pool.storage.toSorted().find(name => state.storages[name] !== undefined)
  return storage === undefined ? undefined : `storage '${storage}'`
}
