/** A tenant's pool, users and rights in a simulated Proxmox VE, made and kept with the operator's own rights and no more. */
import { expect, test } from 'vitest'
import { loggedIn } from '../../dev/proxmox/make/client.ts'
import { makePlanObject, makeTenantObject, type PassOptions } from '../../test/make/pass.ts'
import { type PreparedProxmox, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { MARK, makeClusterObject, makeLease, makeNamespaceObject, makeProxmox, POOL } from '../../test/make/slice.ts'
import { sliceLife } from '../../test/make/slice-life.ts'
import { convergedWorld, makeDesired, makeSpec, TENANT } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { markText } from '../plan/proxmox-mark.ts'

const ADA = 'ada.acme@pve'
const NO_MACHINES = { MachinesReady: 'True NoMachines' }

function tenantWith(users: readonly string[], annotations: Record<string, string> = {}): PassOptions {
  const spec = makeSpec({ proxmox: makeProxmox({ users: users.map(name => ({ name })) }) })
  const cache = makeCache({
    tenants: [makeTenantObject({ spec, metadata: { annotations } })],
    plans: [makePlanObject()],
    proxmoxClusters: [makeClusterObject()],
    networkLeases: [makeLease()],
    namespaces: [makeNamespaceObject()],
  })
  return { cache, observed: convergedWorld(makeDesired({ spec })) }
}

async function poolsIn({ root }: PreparedProxmox): Promise<Record<string, string>> {
  const pools: { poolid: string; comment?: string }[] = await root.data('GET', '/pools')
  return Object.fromEntries(pools.map(({ poolid, comment = '' }) => [poolid, comment]))
}

async function usersIn({ root }: PreparedProxmox): Promise<Record<string, string>> {
  const users: { userid: string; comment?: string }[] = await root.data('GET', '/access/users')
  return Object.fromEntries(users.map(({ userid, comment = '' }) => [userid, comment]))
}

async function grantsOf({ root }: PreparedProxmox, user: string): Promise<string[]> {
  const acl: { path: string; roleid: string; ugid: string }[] = await root.data('GET', '/access/acl')
  return acl.filter(({ ugid }) => ugid === user).map(({ path, roleid }) => `${roleid} on ${path}`)
}

test('a user can log in, sees its own pool and nothing else, and its password is in its Secret alone', async () => {
  const prepared = await preparedProxmox()
  await prepared.root.data('POST', '/pools', { poolid: 'tenants/globex' })
  const life = sliceLife(prepared)
  const { conditions, status, steps, events } = await life.settle(tenantWith(['ada']))
  expect({ conditions, steps }).toMatchObject({
    conditions: { Ready: 'True Converged', ProxmoxReady: 'True ProxmoxReady', ...NO_MACHINES },
    steps: [],
  })
  const password = life.secret('proxmox-ada', 'password') ?? ''
  expect([life.secret('proxmox-ada', 'username'), password.length]).toEqual([ADA, 32])
  const ada = await loggedIn(prepared.server, ADA, password)
  expect(Object.keys(await ada.data('GET', '/access/permissions'))).toEqual([`/pool/${POOL}`])
  expect((await ada.call('GET', '/nodes/pve1/qemu/9000/config')).status).toBe(403)
  expect([await grantsOf(prepared, ADA), await poolsIn(prepared)]).toMatchObject([
    [`TenantUser on /pool/${POOL}`],
    { [POOL]: markText(MARK) },
  ])
  expect(JSON.stringify([status, events, steps])).not.toContain(password)
})

test('a user that is not asked for any more goes with its rights, and a lost password is replaced', async () => {
  const prepared = await preparedProxmox()
  const life = sliceLife(prepared)
  await life.settle(tenantWith(['ada', 'bob']))
  const before = life.secret('proxmox-ada', 'password') ?? ''
  await life.settle(tenantWith(['ada']))
  expect([
    Object.keys(await usersIn(prepared)).includes('bob.acme@pve'),
    await grantsOf(prepared, 'bob.acme@pve'),
  ]).toEqual([false, []])
  life.forget('proxmox-ada')
  const { conditions } = await life.settle(tenantWith(['ada']))
  const after = life.secret('proxmox-ada', 'password') ?? ''
  expect([conditions.ProxmoxReady, after === before]).toEqual(['True ProxmoxReady', false])
  await expect(loggedIn(prepared.server, ADA, after)).resolves.toBeDefined()
  await expect(loggedIn(prepared.server, ADA, before)).rejects.toThrow('401')
})

test('a right that somebody took away is given again, and one that somebody gave to a user of the tenant is taken away', async () => {
  const prepared = await preparedProxmox()
  const life = sliceLife(prepared)
  await life.settle(tenantWith(['ada']))
  const acl = { path: `/pool/${POOL}`, users: ADA }
  await prepared.root.data('PUT', '/access/acl', { ...acl, roles: 'TenantUser', delete: '1' })
  await prepared.root.data('POST', '/access/roles', { roleid: 'Viewer', privs: 'VM.Audit' })
  await prepared.root.data('PUT', '/access/acl', { ...acl, roles: 'Viewer' })
  expect(await grantsOf(prepared, ADA)).toEqual([`Viewer on /pool/${POOL}`])
  const password = life.secret('proxmox-ada', 'password')
  const { conditions } = await life.restarted().settle(tenantWith(['ada']))
  expect([conditions.ProxmoxReady, await grantsOf(prepared, ADA)]).toEqual([
    'True ProxmoxReady',
    [`TenantUser on /pool/${POOL}`],
  ])
  // A role with rights that the operator lacks it cannot take away: that is told, and in the way of nothing else.
  await prepared.root.data('PUT', '/access/acl', { ...acl, roles: 'TenantUser', delete: '1' })
  await prepared.root.data('PUT', '/access/acl', { ...acl, roles: 'PVEVMAdmin' })
  const told = await life.restarted().settle(tenantWith(['ada']))
  expect([told.conditions.ProxmoxReady, (await grantsOf(prepared, ADA)).sort()]).toEqual([
    'False MissingRights',
    [`PVEVMAdmin on /pool/${POOL}`, `TenantUser on /pool/${POOL}`],
  ])
  // It is the same user, with the password that it had.
  expect(life.secret('proxmox-ada', 'password')).toBe(password)
  await expect(loggedIn(prepared.server, ADA, password ?? '')).resolves.toBeDefined()
})

test('a pool or a user that somebody else made is left as it is, and told', async () => {
  const prepared = await preparedProxmox()
  const { root } = prepared
  await root.data('POST', '/pools', { poolid: POOL, comment: 'by hand' })
  const life = sliceLife(prepared)
  const taken = await life.settle(tenantWith(['ada']))
  expect([taken.conditions.ProxmoxReady, taken.conditions.Ready, taken.steps]).toEqual([
    'False PoolTaken',
    'False PoolTaken',
    [],
  ])
  expect((await poolsIn(prepared))[POOL]).toBe('by hand')

  await root.data('DELETE', '/pools', { poolid: POOL })
  await root.data('POST', '/access/users', { userid: ADA, comment: 'by hand' })
  const other = sliceLife(prepared)
  const invisible = await other.settle(tenantWith(['ada']))
  expect([invisible.conditions.ProxmoxReady, (await usersIn(prepared))[ADA], await grantsOf(prepared, ADA)]).toEqual([
    'False UserTaken',
    'by hand',
    [],
  ])
  await root.data('PUT', `/access/users/${ADA}`, { groups: 'tenants' })
  const seen = await sliceLife(prepared).settle(tenantWith(['ada']))
  expect([seen.conditions.ProxmoxReady, seen.steps, (await usersIn(prepared))[ADA]]).toEqual([
    'False UserTaken',
    [],
    'by hand',
  ])
})

test.each([
  ['an earlier tenant of this name', { ...MARK, tenant: { ...TENANT, uid: 'former' } }, 'former', 'OwnedByFormerSelf'],
  [
    'this tenant before it was restored elsewhere',
    { ...MARK, installation: 'there', tenant: { ...TENANT, uid: 'former' } },
    'there/former',
    'OwnedByOtherInstallation',
  ],
  [
    'this tenant by an operator that was installed anew',
    { ...MARK, installation: 'there' },
    `there/${TENANT.uid}`,
    'OwnedByOtherInstallation',
  ],
])('what %s had is adopted by an annotation, and by nothing else', async (__, mark, adopt, reason) => {
  const prepared = await preparedProxmox()
  const former = markText(mark)
  await prepared.root.data('POST', '/pools', { poolid: POOL, comment: former })
  await prepared.root.data('POST', '/access/users', {
    userid: ADA,
    comment: former,
    groups: 'tenants',
    password: 'long-enough',
  })
  const life = sliceLife(prepared)
  const refused = await life.settle(tenantWith(['ada']))
  expect([refused.conditions.ProxmoxReady, (await poolsIn(prepared))[POOL]]).toEqual([`False ${reason}`, former])
  const adopted = await life.settle(tenantWith(['ada'], { 'tenantry.dev/adopt': adopt }))
  const { vlan: _, ...userMark } = MARK
  expect([adopted.conditions.ProxmoxReady, (await poolsIn(prepared))[POOL], (await usersIn(prepared))[ADA]]).toEqual([
    'True ProxmoxReady',
    markText(MARK),
    markText(userMark),
  ])
})
