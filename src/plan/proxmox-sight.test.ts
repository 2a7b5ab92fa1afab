import { expect, test } from 'vitest'
import { emptyView } from '../../test/make/slice.ts'
import { blindnessOf } from './proxmox-sight.ts'

const spec = { access: { parentPool: 'tenants', userGroup: 'tenants', tenantRoles: ['TenantUser'] } }
const seen = emptyView({ pools: [{ pool: 'tenants' }] })
const right = (path: string, ...privileges: string[]) => ({ path, privileges, command: 'pveum' })

test('a token sees all that it has made as long as it has the rights to list it', () => {
  expect([
    blindnessOf(spec, seen, {}),
    blindnessOf(spec, seen, { missingRights: [right('/pool/tenants', 'VM.Config.CPU'), right('/nodes', 'Sys.Audit')] }),
    blindnessOf(spec, seen, { missingRights: [right('/access/groups/tenants', 'User.Modify')] })?.message,
    blindnessOf(spec, emptyView(), {})?.message,
  ]).toEqual([
    undefined,
    undefined,
    expect.stringMatching(/^The token lacks User\.Modify on \/access\/groups\/tenants, so that nobody knows/),
    expect.stringMatching(/^The token does not see pool tenants, so that nobody knows/),
  ])
})
