/**
 * What an administrator of a simulated Proxmox VE does before tenants can be there: the commands of
 * docs/proxmox-permissions.md, carried out as they stand there, and nothing else.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Token } from '../../../src/proxmox/token.ts'
import type { Proxmox } from '../simulator.ts'
import { type Client, loggedIn } from './client.ts'

export interface Prepared {
  /** root@pam */
  readonly root: Client
  /** The operator's. */
  readonly token: Token
}

export const TEMPLATE = 9000
/** The page says local-zfs, which stands for whatever storage there is. */
const STORAGE = 'local'

/** With a template of a virtual machine, that has these devices besides a network card. */
export async function prepareProxmox(server: Proxmox, devices: Record<string, string> = {}): Promise<Prepared> {
  const root = await loggedIn(server)
  const net0 = 'virtio=02:00:00:00:90:00,bridge=vmbr0'
  await root.task('POST', '/nodes/pve1/qemu', {
    vmid: `${TEMPLATE}`,
    name: 'debian-12',
    memory: '32',
    net0,
    ...devices,
  })
  await root.task('POST', `/nodes/pve1/qemu/${TEMPLATE}/template`)
  let secret = ''
  for (const command of documentedCommands()) secret = (await administer(root, command)) ?? secret
  return { root, token: { id: 'operator@pve!k8s', secret } }
}

export function documentedCommands(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/proxmox-permissions.md'), 'utf8')
  const [, block = ''] = /```sh\n(# What tenants[\s\S]*?)```/.exec(page) ?? []
  return block
    .replaceAll('\\\n', ' ')
    .replaceAll('local-zfs', STORAGE)
    .split('\n')
    .flatMap(line => line.replace(/(?:^|\s)#.*$/, '').split('&&'))
    .map(command => command.trim())
    .filter(command => command !== '')
}

/** Commands joined by &&. Gives the secret of a token that was made. */
export async function administer(root: Client, commands: string): Promise<string | undefined> {
  let secret: string | undefined
  for (const command of commands.split(' && ')) secret = (await request(root, command)) ?? secret
  return secret
}

/** `pveum` and `pvesh` are requests under other names. */
async function request(root: Client, command: string): Promise<string | undefined> {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
  const first = words.findIndex(word => word.startsWith('--'))
  const [program, ...plain] = first < 0 ? words : words.slice(0, first)
  const options = first < 0 ? [] : words.slice(first)
  const params = Object.fromEntries(
    options.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), options[index + 1] ?? '']] : [])),
  )
  if (program === 'pvesh') {
    const [verb, path = ''] = plain
    await root.data(verb === 'create' ? 'POST' : 'PUT', path, params)
    return undefined
  }
  const [noun, verb, name = '', more = ''] = plain
  switch (`${noun} ${verb}`) {
    case 'pool add':
      return root.data('POST', '/pools', { poolid: name, ...params })
    case 'group add':
      return root.data('POST', '/access/groups', { groupid: name, ...params })
    case 'role add':
      return root.data('POST', '/access/roles', { roleid: name, privs: (params.privs ?? '').replaceAll(/ +/g, ',') })
    case 'role modify':
      return root.data('PUT', `/access/roles/${name}`, { ...params, privs: (params.privs ?? '').replaceAll(' ', ',') })
    case 'user add':
      return root.data('POST', '/access/users', { userid: name, ...params })
    case 'acl modify':
      return root.data('PUT', '/access/acl', { path: name, ...params })
    case 'user token':
      return (await root.data('POST', `/access/users/${more}/token/${plain[4] ?? ''}`, params)).value
    default:
      throw new Error(`no such command: ${command}`)
  }
}
