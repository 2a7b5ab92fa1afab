/** HTTPS servers on the loopback address that stand for endpoints of Proxmox VE: the function passed in is what they answer. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach } from 'vitest'
import { type Authority, createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { createProxmox, type ProxmoxOptions } from '../../src/proxmox/client.ts'
import type { Token, TokenSource } from '../../src/proxmox/token.ts'

export interface Asked {
  /** Such as `POST /nodes/pve1/qemu/201/status/start`. */
  readonly call: string
  readonly params: Readonly<Record<string, string>>
  readonly authorization: string
}

/** Data of a good answer; a refusal; nothing said, with the connection cut or left open. */
export type Said = { readonly data: unknown } | { readonly status: number; readonly reason: string } | 'cut' | 'silence'

export interface AnsweringProxmox {
  readonly origin: string
  readonly authority: Authority
  readonly fingerprint: string
  readonly asked: Asked[]
  /** Connections opened so far. */
  readonly connections: () => number
  stop(): Promise<void>
}

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

let ownAuthority: Promise<Authority> | undefined

export async function answeringProxmox(answer: (asked: Asked) => Said | Promise<Said>): Promise<AnsweringProxmox> {
  ownAuthority ??= createAuthority('test')
  const authority = await ownAuthority
  const { certificate: cert, key } = await issueCertificate(authority, {
    commonName: 'pve1',
    ipAddresses: ['127.0.0.1'],
  })
  const asked: Asked[] = []
  const sockets = new Set<Duplex>()
  let connections = 0
  const server = createServer({ cert, key }, async (request, response) => {
    const question = await read(request)
    asked.push(question)
    const said = await answer(question)
    if (said === 'silence') return
    if (said === 'cut') return request.socket.destroy()
    if ('data' in said) return response.end(JSON.stringify(said))
    response.writeHead(said.status, said.reason).end(JSON.stringify({ data: null, message: `${said.reason}\n` }))
  })
  server.on('connection', socket => {
    connections += 1
    sockets.add(socket)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  endings.push(stop)
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority,
    fingerprint: new X509Certificate(cert).fingerprint256,
    asked,
    connections: () => connections,
    stop,
  }
}

/** A client of these servers; it ends with the test. */
export function givenProxmox(servers: readonly AnsweringProxmox[], options: Partial<ProxmoxOptions> = {}) {
  const [first] = servers
  if (first === undefined) throw new Error('no server is given')
  const proxmox = createProxmox({
    endpoints: servers.map(({ origin }) => origin),
    trust: { by: 'ca', ca: first.authority.certificate },
    token: fixedToken(),
    ...options,
  })
  endings.push(() => proxmox.close())
  return proxmox
}

export const TOKEN: Token = { id: 'operator@pve!k8s', secret: '11111111-2222-3333-4444-555555555555' }

export function fixedToken(token = TOKEN): TokenSource {
  return { current: async () => token, replacementOf: async () => undefined }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://host')
  const form = new URLSearchParams(Buffer.concat(pieces).toString())
  return {
    call: `${request.method} ${pathname.replace('/api2/json', '')}`,
    params: Object.fromEntries([...searchParams, ...form]),
    authorization: request.headers.authorization ?? '',
  }
}
