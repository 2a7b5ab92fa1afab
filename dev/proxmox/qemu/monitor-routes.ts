/** What is said to the machine inside: keys, commands of QEMU's monitor, calls of the guest agent, which no guest has. */

import { anybody, holds, holdsAny, mustHold } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, param, type Route } from '../api/route.ts'
import { guestOf } from '../guests/config.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { flag, integer, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { refuseRootOptions } from './checks.ts'

const path = '/nodes/{node}/qemu/{vmid}'
const agent = (...privileges: string[]) => holdsAny('/vms/{vmid}', ...privileges, 'VM.GuestAgent.Unrestricted')
const audits = agent('VM.GuestAgent.Audit')
const cares = agent('VM.GuestAgent.FileSystemMgmt')
const powers = agent('VM.PowerMgmt')
const everything = holds('/vms/{vmid}', 'VM.GuestAgent.Unrestricted')

const reads =
  'get-fsinfo get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone get-users get-vcpus info network-get-interfaces'.split(
    ' ',
  )
const freezes = ['fsfreeze-freeze', 'fsfreeze-thaw', 'fstrim']
const ends = ['shutdown', 'suspend-disk', 'suspend-hybrid', 'suspend-ram']
const simple = [...reads, ...freezes, ...ends, 'fsfreeze-status', 'ping'].toSorted()
const further = ['exec', 'exec-status', 'file-read', 'file-write', 'set-user-password']

const toAgent = (method: 'GET' | 'POST', name: string, may: Route['may'], params: Parameters = {}): Route => ({
  method,
  path: `${path}/agent/${name}`,
  params: { node, vmid, ...params },
  may,
  run: askAgent,
})

export const monitorRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${path}/agent`,
    params: { node, vmid },
    may: anybody,
    run: () => [...simple, ...further].toSorted().map(name => ({ name })),
  },
  {
    method: 'POST',
    path: `${path}/agent`,
    params: { node, vmid, command: oneOf(...simple) },
    may: everything,
    run: askAgent,
  },
  ...reads.map(name => toAgent('GET', name, audits)),
  ...freezes.map(name => toAgent('POST', name, cares)),
  ...ends.map(name => toAgent('POST', name, powers)),
  toAgent('POST', 'fsfreeze-status', agent('VM.GuestAgent.Audit', 'VM.GuestAgent.FileSystemMgmt')),
  toAgent('POST', 'ping', audits),
  toAgent('POST', 'exec', everything, {
    command: text(),
    ...optional({ 'input-data': text({ maxLength: 65_536 }) }),
  }),
  toAgent('GET', 'exec-status', everything, { pid: integer() }),
  toAgent('GET', 'file-read', agent('VM.GuestAgent.FileRead'), {
    file: text(),
    ...optional({ count: integer(1, 16_777_216), decode: flag(), offset: integer(0) }),
  }),
  toAgent('POST', 'file-write', agent('VM.GuestAgent.FileWrite'), {
    content: text({ maxLength: 61_440 }),
    file: text(),
    ...optional({ encode: flag() }),
  }),
  toAgent('POST', 'set-user-password', everything, {
    username: text(),
    password: text({ minLength: 5, maxLength: 1024 }),
    ...optional({ crypted: flag() }),
  }),
  {
    method: 'PUT',
    path: `${path}/sendkey`,
    params: { node, vmid, key: text(), ...optional({ skiplock: flag() }) },
    may: holds('/vms/{vmid}', 'VM.Console'),
    run: sendKey,
  },
  {
    method: 'POST',
    path: `${path}/monitor`,
    params: { node, vmid, command: text() },
    may: holdsAny('/vms/{vmid}', 'Sys.Audit', 'Sys.Modify'),
    run: monitor,
  },
]

function askAgent(call: Call): never {
  const { config, running, vmid: id } = guestOf(call, 'qemu')
  if (config.agent === undefined) throw failure('No QEMU guest agent configured')
  if (running === undefined) throw failure(`VM ${id} is not running`)
  throw failure('QEMU guest agent is not running')
}

const keys =
  /^(shift|shift_r|alt|alt_r|ctrl|ctrl_r|meta_l|meta_r|menu|esc|[a-z0-9]|f([1-9]|1[0-2])|minus|equal|backspace|tab|ret|spc|bracket_(left|right)|semicolon|apostrophe|grave_accent|backslash|comma|dot|slash|caps_lock|num_lock|scroll_lock|kp_\w+|sysrq|print|home|end|pgup|pgdn|up|down|left|right|insert|delete|0x[0-9a-f]+)$/

function sendKey(call: Call): null {
  refuseRootOptions(call, ['skiplock'])
  const { running, vmid: id } = guestOf(call, 'qemu')
  if (running === undefined) throw failure(`VM ${id} not running`)
  const unknown = param(call, 'key')
    .split('-')
    .find(key => !keys.test(key))
  if (unknown !== undefined) throw failure(`invalid parameter: ${unknown}\r`)
  return null
}

const harmless = ['help', '?', 'info']
const onlyForRoot =
  /^(chardev-(add|change|remove)|qom-set|savevm-(end|start)|xen-event-(inject|list)|backup|block_stream|change|client_migrate_info|device_(add|del)|drive_(add|backup|del|mirror)|dump-guest-memory|dumpdtb|gdbserver|hostfwd_(add|remove)|logfile|mce|p?memsave|migrate(_incoming|_recover)?|nbd_server_(add|remove|start|stop)|netdev_(add|del)|nmi|o|object_(add|del)|pcie_aer_inject_error|screendump|snapshot_blkdev|watchdog_action|wavcapture)$/

/** Errors of the monitor are answers, too. */
function monitor(call: Call): string {
  const [, command = ''] = /^\s*(\S+)/.exec(param(call, 'command')) ?? []
  if (command === '') throw failure('no command specified')
  if (onlyForRoot.test(command) && call.authid !== 'root@pam') throw failure(`root-only command '${command}'`)
  if (!harmless.includes(command)) mustHold(call, '/', ['Sys.Modify'])
  const { running, vmid: id } = guestOf(call, 'qemu')
  if (running === undefined) return `ERROR: VM ${id} not running\n`
  if (/^\s*info\s+status\s*$/.test(param(call, 'command'))) {
    return running.paused ? 'VM status: paused\r\n' : 'VM status: running\r\n'
  }
  return command === 'info' || command === 'help' ? '' : `unknown command: '${command}'\r\n`
}
