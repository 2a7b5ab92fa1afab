import { expect, test } from 'vitest'
import { proxmoxObservation, proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { excessRights } from './proxmox-excess.ts'
import type { Privileges } from './proxmox-observation.ts'

const spec = proxmoxSpec()

function excessWith(added: Readonly<Record<string, Privileges>>) {
  const observed = proxmoxObservation()
  const permissions = { ...observed.permissions }
  for (const [path, privileges] of Object.entries(added)) permissions[path] = { ...permissions[path], ...privileges }
  return excessRights(spec, { ...observed, permissions })
}

test('a token with the rights that are needed has none too many', () => {
  expect(excessWith({})).toEqual([])
})

test('User.Modify on all groups is told to be everything', () => {
  expect(excessWith({ '/access/groups': { 'User.Modify': true } })).toEqual([
    { path: '/access/groups', privileges: ['User.Modify'], allows: expect.stringContaining('token of root@pam') },
  ])
})

test('what goes on from above is told once, where it comes from', () => {
  const all = { 'Sys.Modify': true, 'VM.Allocate': true, 'VM.Audit': true }
  expect(excessWith({ '/': all, '/vms': all, '/nodes': all, '/vms/100': all })).toEqual([
    { path: '/', privileges: ['Sys.Modify', 'VM.Allocate'], allows: expect.stringContaining('destroy machines') },
  ])
})

test('rights on the pools and machines of tenants are no excess', () => {
  const observed = proxmoxObservation()
  const machine = { vmid: 10_000, type: 'qemu', node: 'pve1', pool: 'tenants/acme', template: false } as const
  const permissions = {
    ...observed.permissions,
    '/pool/tenants/acme': { 'VM.Allocate': true },
    '/vms/10000': { 'VM.Allocate': false, 'VM.PowerMgmt': false },
  }
  expect(excessRights(spec, { ...observed, guests: [...observed.guests, machine], permissions })).toEqual([])
  expect(excessRights(spec, { ...observed, permissions })).toEqual([
    { path: '/vms/10000', privileges: ['VM.Allocate', 'VM.PowerMgmt'], allows: expect.any(String) },
  ])
})

test('what the documented role of earlier versions had on the pool of tenants is no excess there, and elsewhere it is', () => {
  const earlier = { 'VM.Config.CDROM': true, 'VM.Config.HWType': true, 'VM.GuestAgent.Audit': true, 'VM.Monitor': true }
  expect(excessWith({ '/pool/tenants': earlier, '/vms/9000': { 'VM.Monitor': true } })).toEqual([
    { path: '/vms/9000', privileges: ['VM.Monitor'], allows: expect.stringContaining('not of tenants') },
  ])
})

test('the right to apply the SDN is too much if it goes on to the zones of others', () => {
  expect(excessWith({ '/sdn': { 'SDN.Allocate': true } })).toEqual([
    { path: '/sdn', privileges: ['SDN.Allocate'], allows: 'change networks that are not of tenants' },
  ])
})

test('reading is never too much', () => {
  expect(excessWith({ '/': { 'Sys.Audit': true, 'VM.Audit': true } })).toEqual([])
})
