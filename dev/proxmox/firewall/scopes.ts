/** Whose firewall it is: the cluster's, a host's, a guest's, a vnet's. */

import { createHash } from 'node:crypto'
import { anybody, holds, mustHoldAny } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, type Check, given, number, param } from '../api/route.ts'
import { modifiedText } from '../guests/config.ts'
import { node, vmid } from '../nodes/parameters.ts'
import type { Parameters } from '../schema/property.ts'
import { sdnId } from '../sdn/zone-routes.ts'
import type { Firewall, Row } from '../state.ts'

export type Environment = 'cluster' | 'host' | 'vm' | 'ct' | 'vnet' | 'group'

export interface Scope {
  environment: Environment
  path: string
  params: Parameters
  audits: Check
  modifies: Check
  /** Under which name it is kept. A guest needs not be there. */
  key: (call: Call) => string
}

const onVnet =
  (...privileges: string[]): Check =>
  call => {
    const vnet = call.sim.state.sdn.edited.vnets[param(call, 'vnet')]
    if (vnet === undefined) throw failure(`sdn vnet '${param(call, 'vnet')}' does not exist`)
    mustHoldAny(call, `/sdn/zones/${vnet.zone}/${param(call, 'vnet')}`, privileges)
  }

const ofGuest = (kind: 'qemu' | 'lxc'): Scope => ({
  environment: kind === 'qemu' ? 'vm' : 'ct',
  path: `/nodes/{node}/${kind}/{vmid}/firewall`,
  params: { node, vmid },
  audits: holds('/vms/{vmid}', 'VM.Audit'),
  modifies: holds('/vms/{vmid}', 'VM.Config.Network'),
  key: call => `guest/${number(call, 'vmid')}`,
})

export const cluster: Scope = {
  environment: 'cluster',
  path: '/cluster/firewall',
  params: {},
  audits: holds('/', 'Sys.Audit'),
  modifies: holds('/', 'Sys.Modify'),
  key: () => 'cluster',
}
export const host: Scope = {
  environment: 'host',
  path: '/nodes/{node}/firewall',
  params: { node },
  audits: holds('/nodes/{node}', 'Sys.Audit'),
  modifies: holds('/nodes/{node}', 'Sys.Modify'),
  key: call => `host/${call.node}`,
}
export const guests: readonly Scope[] = [ofGuest('qemu'), ofGuest('lxc')]
export const vnet: Scope = {
  environment: 'vnet',
  path: '/cluster/sdn/vnets/{vnet}/firewall',
  params: { vnet: sdnId },
  audits: onVnet('SDN.Audit', 'SDN.Allocate'),
  modifies: onVnet('SDN.Allocate'),
  key: call => `vnet/${param(call, 'vnet')}`,
}
/** Only the lists of what is there are for everybody. */
export const index: Check = anybody

const nothing = (): Firewall => ({ options: {}, rules: [], ipsets: {}, aliases: {}, groups: {} })

/** A copy; what was never written is empty. */
export const readFirewall = (call: Call, scope: Scope): Firewall =>
  structuredClone(call.sim.state.firewalls[scope.key(call)] ?? nothing())

export const clusterFirewall = (call: Call): Firewall => readFirewall(call, cluster)

export function editFirewall<T>(call: Call, scope: Scope, change: (firewall: Firewall) => T): T {
  const firewall = readFirewall(call, scope)
  const result = change(firewall)
  call.sim.state.firewalls[scope.key(call)] = firewall
  return result
}

export const digestOf = (value: unknown) => createHash('sha1').update(JSON.stringify(value)).digest('hex')

/** Every row of a list carries the digest of the whole list. */
export const withDigest = (rows: readonly Row[]): Row[] => rows.map(row => ({ ...row, digest: digestOf(rows) }))

export function mustBeCurrent(call: Call, value: unknown): void {
  const digest = given(call, 'digest')
  if (digest && digest !== digestOf(value)) throw failure(modifiedText)
}
