/** Whose a pool or a user is, is asked at the moment of acting, whatever a pass has seen before. */
import { expect, test } from 'vitest'
import { operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { markText } from '../plan/proxmox-mark.ts'
import type { PoolStep } from '../plan/proxmox-step.ts'
import { applyProxmoxStep } from './apply.ts'

const POOL = 'tenants/acme'
const USER = 'ann.acme@pve'
const mark = { installation: 'here', tenant: { name: 'acme', uid: 'uid-acme' } }
const OWN = markText(mark)
const THEIRS = markText({ ...mark, tenant: { name: 'acme', uid: 'another' } })
const right = { cluster: 'pve', path: `/pool/${POOL}`, user: USER, role: 'TenantUser', mark } as const

const GRANT: PoolStep = { do: 'proxmox.grant', ...right }
const REVOKE: PoolStep = { do: 'proxmox.revoke', ...right }
const DELETE_POOL: PoolStep = { do: 'proxmox.deletePool', cluster: 'pve', pool: POOL, mark }
const DELETE_USER: PoolStep = { do: 'proxmox.deleteUser', cluster: 'pve', user: USER, mark }

const CASES: readonly [string, { pool?: string; user?: string }, PoolStep, string, string][] = [
  ['a right is given on its pool to its user', { pool: OWN, user: OWN }, GRANT, 'done', 'changed'],
  ['no right is given on a pool of somebody else', { pool: THEIRS, user: OWN }, GRANT, 'conflict', 'unchanged'],
  ['no right is given to a user of somebody else', { pool: OWN, user: THEIRS }, GRANT, 'conflict', 'unchanged'],
  ['a user that is gone gets none', { pool: OWN }, GRANT, 'done', 'unchanged'],
  ['a right is taken from its user', { pool: OWN, user: OWN }, REVOKE, 'done', 'changed'],
  ['no right is taken on a pool of somebody else', { pool: 'mine', user: OWN }, REVOKE, 'conflict', 'unchanged'],
  ['no right is taken from a user of somebody else', { pool: OWN, user: 'mine' }, REVOKE, 'conflict', 'unchanged'],
  ['a right that went with its pool is no trouble', { user: OWN }, REVOKE, 'done', 'unchanged'],
  ['its pool goes', { pool: OWN }, DELETE_POOL, 'done', 'changed'],
  ['a pool of somebody else stays', { pool: THEIRS }, DELETE_POOL, 'conflict', 'unchanged'],
  ['its user goes', { user: OWN }, DELETE_USER, 'done', 'changed'],
  ['a user of somebody else stays', { user: THEIRS }, DELETE_USER, 'conflict', 'unchanged'],
]

test('of pools, users and rights, only those that carry the mark at that moment are changed', async () => {
  const prepared = await preparedProxmox()
  const { root, server } = prepared
  const proxmox = operatorClient(prepared)
  const seen = () => JSON.stringify([server.state.pools, server.state.users, server.state.acl])
  for (const [what, marks, step, ...expected] of CASES) {
    if (marks.pool !== undefined) await root.data('POST', '/pools', { poolid: POOL, comment: marks.pool })
    if (marks.user !== undefined) {
      await root.data('POST', '/access/users', { userid: USER, groups: 'tenants', comment: marks.user })
      const { path, role } = right
      if (step.do === 'proxmox.revoke') await root.data('PUT', '/access/acl', { path, roles: role, users: USER })
    }
    const before = seen()
    const told = await applyProxmoxStep({ proxmox, readSecret: async () => '' }, step).then(
      () => 'done',
      ({ kind }) => kind as string,
    )
    expect([what, told, seen() === before ? 'unchanged' : 'changed']).toEqual([what, ...expected])
    await root.data('DELETE', '/access/users/ann.acme@pve')
    if (server.state.pools[POOL] !== undefined) await root.data('DELETE', '/pools', { poolid: POOL })
  }
})
