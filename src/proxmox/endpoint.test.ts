import { expect, test } from 'vitest'
import { endpointOf } from './endpoint.ts'
import { access, pool } from './routes/access.ts'
import { qemu } from './routes/qemu.ts'

test('parameters go into the path, and the rest into a form', () => {
  expect(
    endpointOf(qemu.clone, { node: 'pve1', vmid: 9000, newid: 201, pool: 'tenants/acme', name: 'web', full: true }),
  ).toEqual({
    method: 'POST',
    path: '/nodes/pve1/qemu/9000/clone',
    body: 'newid=201&name=web&pool=tenants%2Facme&full=1',
    what: 'POST /nodes/pve1/qemu/9000/clone',
  })
})

test('a DELETE has its parameters in the query, for it may have no body', () => {
  expect(endpointOf(qemu.destroy, { node: 'pve1', vmid: 201, purge: true })).toEqual({
    method: 'DELETE',
    path: '/nodes/pve1/qemu/201?purge=1',
    what: 'DELETE /nodes/pve1/qemu/201',
  })
  expect(endpointOf(pool.remove, { poolid: 'tenants/acme' }).path).toBe('/pools?poolid=tenants%2Facme')
})

test('lists have commas, and keys of SSH are encoded twice', () => {
  const { body } = endpointOf(qemu.putConfig, {
    node: 'pve1',
    vmid: 201,
    tags: ['acme', 'tenantry'],
    sshkeys: 'ssh-ed25519 AAAA ann',
    delete: ['net1', 'ipconfig1'],
  })
  expect(body).toBe('tags=acme%2Ctenantry&sshkeys=ssh-ed25519%2520AAAA%2520ann&delete=net1%2Cipconfig1')
})

test('what is not as the route says is not sent, and its value is not told', () => {
  const withSecret = { userid: 'ann@pve', groups: ['tenants'], password: 'short' }
  expect(() => endpointOf(access.createUser, withSecret)).toThrow(
    'Cannot POST /access/users: it was not sent, for these parameters are not as they must be: password',
  )
  expect(() => endpointOf(qemu.start, { node: '../pve1', vmid: 1, colour: 'red' } as never)).toThrow(
    'are not as they must be: colour, node, vmid',
  )
})
