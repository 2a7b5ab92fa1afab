/** A simulated Proxmox VE on which an administrator has done what docs/proxmox-permissions.md says, for one test. */
import { afterEach } from 'vitest'
import { scaledClock } from '../../dev/proxmox/clock.ts'
import { type Prepared, prepareProxmox } from '../../dev/proxmox/make/administrator.ts'
import { type Proxmox, type ProxmoxOptions, startProxmox } from '../../dev/proxmox/simulator.ts'
import {
  type ProxmoxOptions as ClientOptions,
  createProxmox,
  type Proxmox as OperatorClient,
} from '../../src/proxmox/client.ts'
import { fixedToken } from './answering-proxmox.ts'

export { administer, documentedCommands, TEMPLATE } from '../../dev/proxmox/make/administrator.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

export interface PreparedProxmox extends Prepared {
  readonly server: Proxmox
}

/** `devices`: of the template, besides a network card. */
export async function preparedProxmox(
  options: ProxmoxOptions = {},
  devices: Record<string, string> = {},
): Promise<PreparedProxmox> {
  const server = await startProxmox({ clock: scaledClock(200), ...options })
  endings.push(() => server.stop())
  return { server, ...(await prepareProxmox(server, devices)) }
}

/** A client with the operator's token; it ends with the test. */
export function operatorClient(
  { server, token }: PreparedProxmox,
  options: Partial<ClientOptions> = {},
): OperatorClient {
  const trust = { by: 'fingerprint', fingerprints: [server.fingerprint] } as const
  const client = createProxmox({ endpoints: server.urls, trust, token: fixedToken(token), ...options })
  endings.push(() => client.close())
  return client
}
