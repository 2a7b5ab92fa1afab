/** A caller for tests: one method, over real HTTPS, with the answer as it came. */

import { request } from 'node:https'
import type { Proxmox } from '../simulator.ts'

export interface Reply {
  status: number
  reason: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  body: any
}

export type Headers = Record<string, string>

export interface Client {
  headers: Headers
  call(method: string, path: string, params?: Record<string, string>): Promise<Reply>
  /** Throws where the answer is no success; gives its `data`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  data(method: string, path: string, params?: Record<string, string>): Promise<any>
  /** Starts a task and waits for its end; gives its exit status. */
  task(method: string, path: string, params?: Record<string, string>): Promise<string>
}

export function clientOf(proxmox: Proxmox, headers: Headers = {}, url = proxmox.url): Client {
  const call: Client['call'] = (method, path, params) => send(proxmox, url, { method, path, params, headers })
  const data: Client['data'] = async (method, path, params) => {
    const { status, reason, body } = await call(method, path, params)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${reason} ${JSON.stringify(body?.errors ?? '')}`)
    return body.data
  }
  const task: Client['task'] = async (method, path, params) => {
    const upid: string = await data(method, path, params)
    const status = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}/status`
    for (;;) {
      const { exitstatus } = await data('GET', status)
      if (exitstatus !== undefined) return exitstatus
      await proxmox.clock.sleep(50)
    }
  }
  return { headers, call, data, task }
}

const HOUR_MS = 3_600_000

/** With a ticket, and with another one before that ends: two hours of a simulation may be seconds of a test. */
export async function loggedIn(proxmox: Proxmox, username = 'root@pam', password = 'proxmox-test'): Promise<Client> {
  const logIn = async () => {
    const atMs = proxmox.clock.now()
    const answer = await clientOf(proxmox).data('POST', '/access/ticket', { username, password })
    const { ticket, CSRFPreventionToken } = answer
    const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`
    return { atMs, client: clientOf(proxmox, { Cookie: cookie, CSRFPreventionToken }) }
  }
  let session = await logIn()
  const present = async () => {
    if (proxmox.clock.now() - session.atMs > HOUR_MS) session = await logIn()
    return session.client
  }
  return {
    get headers() {
      return session.client.headers
    },
    call: async (...request) => (await present()).call(...request),
    data: async (...request) => (await present()).data(...request),
    task: async (...request) => (await present()).task(...request),
  }
}

interface Sent {
  method: string
  path: string
  params: Record<string, string> | undefined
  headers: Headers
}

function send(proxmox: Proxmox, url: string, { method, path, params, headers }: Sent): Promise<Reply> {
  const text = new URLSearchParams(params).toString()
  const inBody = method === 'POST' || method === 'PUT'
  const target = `${url}/api2/json${path}${inBody || text === '' ? '' : `?${text}`}`
  const form = inBody
    ? { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(Buffer.byteLength(text)) }
    : {}
  return new Promise((done, failed) => {
    // The certificate names the address, and is the only one that is trusted.
    const options = { method, headers: { ...headers, ...form }, agent: false, ca: proxmox.authority }
    const outgoing = request(target, options, async response => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      const answer = Buffer.concat(parts).toString()
      done({
        status: response.statusCode ?? 0,
        reason: response.statusMessage ?? '',
        body: answer === '' ? undefined : JSON.parse(answer),
      })
    })
    outgoing.on('error', failed)
    outgoing.end(inBody ? text : undefined)
  })
}
