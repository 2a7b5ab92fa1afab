import { expect, test } from 'vitest'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { roleDangers } from './proxmox-role-danger.ts'

test('a role for tenants with which they could work against their own deletion is named, with what it would allow', () => {
  const spec = proxmoxSpec({ access: { tenantRoles: ['TenantUser', 'Admin', 'Gone'] } })
  const roles = {
    TenantUser: ['VM.Audit', 'VM.Console', 'VM.PowerMgmt'],
    Admin: ['VM.Config.Options', 'VM.Audit', 'Pool.Allocate'],
    Other: ['VM.Allocate'],
  }
  expect(roleDangers(spec, { roles })).toEqual([
    {
      path: 'role Admin',
      privileges: ['Pool.Allocate', 'VM.Config.Options'],
      allows: expect.stringMatching(/^rewrite the mark of their pool.*; rewrite the marks of their machines/),
    },
  ])
})
