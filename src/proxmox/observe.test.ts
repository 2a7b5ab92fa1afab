import { expect, test } from 'vitest'
import {
  administer,
  operatorClient,
  type PreparedProxmox,
  preparedProxmox,
  TEMPLATE,
} from '../../test/make/prepared-proxmox.ts'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { excessRights } from '../plan/proxmox-excess.ts'
import { lackingPreparations } from '../plan/proxmox-preparation.ts'
import { missingRights, requirementsOf } from '../plan/proxmox-privileges.ts'
import type { RequestReport } from './client.ts'
import { observeCluster } from './observe.ts'

const spec = proxmoxSpec()

function observed(prepared: PreparedProxmox, onRequest: (report: RequestReport) => void = () => {}) {
  return observeCluster(operatorClient(prepared, { onRequest }), spec, prepared.token.id)
}

test('a cluster that was prepared as the page on permissions says is seen whole by the operator', async () => {
  const { permissions: _, roles, nodes, ...found } = await observed(await preparedProxmox())
  expect(found).toEqual({
    version: '9.2.11',
    tokenId: 'operator@pve!k8s',
    guests: [{ type: 'qemu', vmid: TEMPLATE, node: 'pve1', name: 'debian-12', template: true }],
    templateBridges: ['vmbr0'],
    pools: ['tenants'],
    groups: ['tenants'],
    storages: ['local'],
    zones: [{ zone: 'tenants', type: 'vlan' }],
    vnets: [],
  })
})

test('a token with the rights of that page lacks none, and has none too many', async () => {
  const found = await observed(await preparedProxmox())
  expect(missingRights(spec, found)).toEqual([])
  expect(excessRights(spec, found)).toEqual([])
  expect(lackingPreparations(spec, found)).toEqual([])
})

test('each right that is taken away is named, and the command that is told brings it back', async () => {
  const prepared = await preparedProxmox()
  const requirements = requirementsOf(spec, await observed(prepared))
  expect(requirements.flatMap(({ privileges }) => privileges)).toHaveLength(23)
  for (const { path, role, privileges } of requirements) {
    for (const privilege of privileges) {
      const others = privileges.filter(other => other !== privilege).join(',')
      await prepared.root.data('PUT', `/access/roles/${role}`, others === '' ? {} : { privs: others })
      const missing = missingRights(spec, await observed(prepared))
      expect(missing.map(right => [right.path, ...right.privileges])).toEqual([[path, privilege]])
      await administer(prepared.root, missing[0]?.command ?? '')
    }
  }
  expect(missingRights(spec, await observed(prepared))).toEqual([])
}, 120_000)

test('a look takes a bounded number of requests, which change nothing', async () => {
  const reports: RequestReport[] = []
  await observed(await preparedProxmox(), report => reports.push(report))
  expect(reports.filter(({ route }) => !route.startsWith('GET '))).toEqual([])
  expect(reports.length).toBeLessThanOrEqual(20)
})

test('a token of an administrator has too many rights, and root is the first to be named', async () => {
  const prepared = await preparedProxmox()
  await prepared.root.data('PUT', '/access/acl', { path: '/access', roles: 'PVEAdmin', users: 'operator@pve' })
  const [first] = excessRights(spec, await observed(prepared))
  expect(first?.path).toBe('/access')
  expect(first?.privileges).toContain('User.Modify')
  expect(first?.allows).toMatch(/^edit other users; on \/access\/groups or above, make a token of root@pam/)
})

test('who may ask for the quorum is told it', async () => {
  const prepared = await preparedProxmox()
  const grant = 'pveum acl modify / --roles TenantryNodes --users operator@pve --propagate 0'
  await administer(prepared.root, grant)
  const found = await observed(prepared)
  expect(found.quorate).toBe(true)
  expect(excessRights(spec, found)).toEqual([])
})
