/** What the simulated Proxmox VE of the demo has, as its administrator sees it. */
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { stateFiles } from '../../dev/cluster/node/layout.ts'
import type { LinkPorts } from '../../dev/cluster/node/link.ts'
import type { ProxmoxAccess } from '../../dev/demo/proxmox.ts'
import type { State } from '../../dev/proxmox/state.ts'

/** What stays as it was when a tenant has come and gone. */
export interface ProxmoxContent {
  readonly pools: readonly string[]
  readonly users: readonly string[]
  readonly guests: readonly string[]
  readonly rights: readonly string[]
  readonly vnets: readonly string[]
  readonly subnets: readonly string[]
  readonly volumes: readonly string[]
}

export async function proxmoxContent(stateDir: string): Promise<ProxmoxContent> {
  const { pools, users, guests, acl, sdn, volumes } = await observeState(stateDir)
  const { edited, running } = sdn
  return {
    pools: Object.keys(pools).sort(),
    users: Object.keys(users).sort(),
    guests: Object.keys(guests).sort(),
    rights: acl.map(entry => JSON.stringify(entry)).sort(),
    vnets: Object.keys({ ...running.vnets, ...edited.vnets }).sort(),
    subnets: Object.keys({ ...running.subnets, ...edited.subnets }).sort(),
    volumes: volumes.map(({ volid }) => volid).sort(),
  }
}

export async function observeState(stateDir: string): Promise<State> {
  const { fingerprint } = JSON.parse(await readFile(join(stateDir, 'proxmox.json'), 'utf8')) as ProxmoxAccess
  const { proxmox: port } = JSON.parse(await readFile(stateFiles(stateDir).links, 'utf8')) as LinkPorts
  return new Promise((resolve, reject) => {
    // Its authority is its own, so that the certificate itself is compared, as the operator does.
    const options = { host: '127.0.0.1', port, path: '/sim/state', rejectUnauthorized: false, agent: false }
    const asking = request(options, async response => {
      const shown = (response.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256
      if (shown !== fingerprint) return reject(new Error(`somebody else answers, with the certificate ${shown}`))
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      resolve(JSON.parse(Buffer.concat(chunks).toString()) as State)
    })
    asking.on('error', reject)
    asking.end()
  })
}
