/**
 * The Proxmox VE of the demo, as a process of its own: simulated, and prepared as docs/proxmox-permissions.md says. A file
 * tells how to reach it, and is there as soon as it can be reached.
 */

import { rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { scaledClock } from '../proxmox/clock.ts'
import { standardBase } from '../proxmox/initial-state.ts'
import { prepareProxmox } from '../proxmox/make/administrator.ts'
import { startProxmox } from '../proxmox/simulator.ts'
import type { ProxmoxAccess } from './proxmox.ts'

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    access: { type: 'string', default: 'proxmox.json' },
  },
})
const GiB = 2 ** 30
/** A server of a common size, with the template of a container. */
const base = {
  ...standardBase,
  node: { ...standardBase.node, cpus: 32, memory: 128 * GiB },
  content: [
    ...standardBase.content,
    {
      volid: 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst',
      content: 'vztmpl',
      format: 'tzst',
      size: 126_515_062,
    },
  ],
}
const server = await startProxmox({
  host: values.host,
  port: Number(values.port),
  base,
  // Nobody wants to wait a minute until a machine without an operating system is switched off.
  clock: scaledClock(5),
  options: { storageBytes: 2048 * GiB },
})
const { token } = await prepareProxmox(server, { scsi0: 'local:4', ide2: 'local:cloudinit' })
const access: ProxmoxAccess = { url: server.url, fingerprint: server.fingerprint, token: { ...token } }
// Readable by nobody else, since it has the secret of the token; whole as soon as it is there.
await writeFile(`${values.access}.new`, JSON.stringify(access), { mode: 0o600 })
await rename(`${values.access}.new`, values.access)
