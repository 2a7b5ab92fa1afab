import { expect, test } from 'vitest'
import { enough, proxmoxObservation, proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { effectiveOn, missingRights, requirementsOf } from './proxmox-privileges.ts'

const spec = proxmoxSpec()

test('a token with the rights that are needed lacks nothing', () => {
  expect(missingRights(spec, proxmoxObservation())).toEqual([])
})

const each = requirementsOf(spec, proxmoxObservation()).flatMap(({ path, privileges }) =>
  privileges.map((privilege): [string, string] => [privilege, path]),
)

test.each(each)('without %s on %s, exactly that is missing', (privilege, path) => {
  const observed = proxmoxObservation()
  const { [privilege]: _, ...rest } = observed.permissions[path] ?? {}
  const missing = missingRights(spec, { ...observed, permissions: { ...observed.permissions, [path]: rest } })
  expect(missing).toEqual([{ path, privileges: [privilege], command: expect.stringContaining(`acl modify ${path} `) }])
})

test('what a role of tenants has, the token must have, or it could not give it', () => {
  const observed = proxmoxObservation({ roles: { TenantUser: ['VM.Audit', 'VM.Backup'] } })
  const permissions = enough(proxmoxObservation({ roles: { TenantUser: [] } }))
  expect(missingRights(spec, { ...observed, permissions })).toEqual([
    {
      path: '/pool/tenants',
      privileges: ['VM.Backup'],
      command: expect.stringMatching(/^pveum role add TenantryMachines --privs ".*VM\.Backup.*" && pveum acl modify/),
    },
  ])
})

test('a command makes the role, completes it, or gives it', () => {
  const permissions = enough(proxmoxObservation())
  delete permissions['/storage/local']
  const command = (roles: Record<string, string[]>) =>
    missingRights(spec, proxmoxObservation({ permissions, roles: { TenantUser: [], ...roles } }))[0]?.command
  const grant =
    "pveum acl modify /storage/local --roles TenantryStorage --users operator@pve --tokens 'operator@pve!k8s'"
  expect(command({})).toBe(
    `pveum role add TenantryStorage --privs "Datastore.AllocateSpace Datastore.Audit" && ${grant}`,
  )
  expect(command({ TenantryStorage: ['Datastore.Audit'] })).toBe(
    `pveum role modify TenantryStorage --append 1 --privs "Datastore.AllocateSpace" && ${grant}`,
  )
  expect(command({ TenantryStorage: ['Datastore.Audit', 'Datastore.AllocateSpace'] })).toBe(grant)
})

test('the right to apply the SDN is asked for without what is below it', () => {
  const permissions = enough(proxmoxObservation())
  delete permissions['/sdn']
  expect(missingRights(spec, proxmoxObservation({ permissions }))).toEqual([
    { path: '/sdn', privileges: ['SDN.Allocate'], command: expect.stringMatching(/--propagate 0$/) },
  ])
})

test('a right that does not go on to what is below is missing there', () => {
  const permissions = enough(proxmoxObservation())
  permissions['/pool/tenants'] = { ...permissions['/pool/tenants'], 'VM.Audit': false }
  expect(missingRights(spec, proxmoxObservation({ permissions })).map(({ privileges }) => privileges)).toEqual([
    ['VM.Audit'],
  ])
})

test('a clone needs the network of its template, be it a bridge or a vnet', () => {
  const observed = proxmoxObservation({ templateBridges: ['lab', 'vmbr0'], vnets: [{ vnet: 'lab', zone: 'labs' }] })
  const paths = requirementsOf(spec, observed).filter(({ role }) => role === 'TenantryBridge')
  expect(paths.map(({ path }) => path)).toEqual(['/sdn/zones/labs/lab', '/sdn/zones/localnetwork/vmbr0'])
})

test('on a bridge without SDN, using it is enough', () => {
  const bridged = proxmoxSpec({ network: { type: 'bridge', bridge: 'vmbr0', vlanRange: { first: 2, last: 9 } } })
  const network = requirementsOf(bridged, proxmoxObservation()).filter(({ path }) => path.startsWith('/sdn'))
  expect(network).toEqual([
    { path: '/sdn/zones/localnetwork/vmbr0', privileges: ['SDN.Use'], role: 'TenantryBridge', propagate: true },
  ])
})

test('rights go on from above, unless they do not or the path has its own', () => {
  const permissions = { '/': { A: true, B: false }, '/pool/x': { C: true } }
  expect(effectiveOn('/storage/local', permissions)).toEqual({ A: true })
  expect(effectiveOn('/pool/x', permissions)).toEqual({ C: true })
  expect(effectiveOn('/pool/x/y', permissions)).toEqual({ C: true })
})
