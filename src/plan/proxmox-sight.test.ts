import { expect, test } from 'vitest'
import { emptyView } from '../../test/make/slice.ts'
import { blindnessOf } from './proxmox-sight.ts'

const spec = { access: { parentPool: 'tenants', userGroup: 'tenants', tenantRoles: ['TenantUser'] } }
const nodes = (...online: boolean[]) => online.map((isOnline, at) => ({ name: `pve${at + 1}`, online: isOnline }))
const seen = emptyView({ nodes: nodes(true), pools: [{ pool: 'tenants' }] })
const right = (path: string, ...privileges: string[]) => ({ path, privileges, command: 'pveum' })

test('a token sees all that it has made as long as it has the rights to list it', () => {
  expect([
    blindnessOf(spec, seen, {}),
    blindnessOf(spec, seen, { missingRights: [right('/pool/tenants', 'VM.Config.CPU'), right('/nodes', 'Sys.Audit')] }),
    blindnessOf(spec, seen, { missingRights: [right('/access/groups/tenants', 'User.Modify')] })?.message,
    blindnessOf(spec, { ...seen, pools: [] }, {})?.message,
  ]).toEqual([
    undefined,
    undefined,
    expect.stringMatching(/^The token lacks User\.Modify on \/access\/groups\/tenants, so that nobody knows/),
    expect.stringMatching(/^The token does not see pool tenants, so that nobody knows/),
  ])
})

test('what a node does not list that is cut off from half of the others may be there all the same', () => {
  const reasonOf = (online: boolean[], status: Parameters<typeof blindnessOf>[2] = {}) =>
    blindnessOf(spec, { ...seen, nodes: nodes(...online) }, status)?.reason
  expect([
    reasonOf([true, true, false]),
    reasonOf([true, false]),
    // With a vote from elsewhere, such as of a QDevice.
    reasonOf([true, false], { quorate: true, nodes: nodes(true, false) }),
    // When that was asked, all were there.
    reasonOf([true, false], { quorate: true, nodes: nodes(true, true) }),
    reasonOf([true, true, false], { quorate: false, nodes: nodes(true, true, false) }),
  ]).toEqual([undefined, 'NodesOffline', undefined, 'NodesOffline', 'NoQuorum'])
})
