/** What cloud-init is told: its settings, and the files made of them. */

import { createHash } from 'node:crypto'
import { holds, mayHold } from '../access/checks.ts'
import { type Call, param, type Route } from '../api/route.ts'
import { guestOf, mustBeUnlocked } from '../guests/config.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { oneOf } from '../schema/property.ts'
import type { Config, Row } from '../state.ts'
import { networkFile } from './cloudinit-network.ts'
import { decodedKeys } from './ssh-keys.ts'

const path = '/nodes/{node}/qemu/{vmid}/cloudinit'
const audits = holds('/vms/{vmid}', 'VM.Audit')
const options = ['cicustom', 'cipassword', 'citype', 'ciuser', 'ciupgrade', 'nameserver', 'searchdomain', 'sshkeys']

export const cloudInitRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node, vmid }, may: audits, run: settings },
  {
    method: 'PUT',
    path,
    params: { node, vmid },
    may: holds('/vms/{vmid}', 'VM.Config.Cloudinit'),
    run: call => {
      mustBeUnlocked(guestOf(call, 'qemu'))
      return null
    },
  },
  {
    method: 'GET',
    path: `${path}/dump`,
    params: { node, vmid, type: oneOf('user', 'network', 'meta') },
    may: audits,
    run: dump,
  },
]

function settings(call: Call): Row[] {
  const { config } = guestOf(call, 'qemu')
  return options
    .filter(key => config[key] !== undefined && config[key] !== '' && config[key] !== '0')
    .map(key => ({ key, value: key === 'cipassword' ? '**********' : config[key] }))
}

function dump(call: Call): string {
  const { config, vmid: id } = guestOf(call, 'qemu')
  const type = param(call, 'type')
  if (type === 'network') return networkFile(config)
  const masked = !mayHold(call, `/vms/${id}`, 'VM.Config.Cloudinit')
  if (type === 'user') return userFile(config, id, masked)
  const content = userFile(config, id, false) + networkFile(config)
  return `instance-id: ${createHash('sha1').update(content).digest('hex')}\n`
}

function userFile(config: Config, id: number, masked: boolean): string {
  const { name = `VM${id}`, searchdomain, ciuser, cipassword, sshkeys, ciupgrade } = config
  const host = name.replace(/\..*$/, '')
  const full = name.includes('.') || searchdomain === undefined ? name : `${host}.${searchdomain}`
  return [
    '#cloud-config',
    `hostname: ${host}`,
    'manage_etc_hosts: true',
    `fqdn: ${full}`,
    ...(ciuser === undefined ? [] : [`user: ${ciuser}`]),
    ...(ciuser === 'root' ? ['disable_root: False'] : []),
    ...(cipassword === undefined ? [] : [`password: ${masked ? '**********' : cipassword}`]),
    ...(sshkeys === undefined ? [] : ['ssh_authorized_keys:', ...decodedKeys(sshkeys).map(key => `  - ${key}`)]),
    'chpasswd:',
    '  expire: False',
    ...(ciuser === 'root' ? [] : ['users:', '  - default']),
    ...(ciupgrade === '0' ? [] : ['package_upgrade: true']),
    '',
  ].join('\n')
}
