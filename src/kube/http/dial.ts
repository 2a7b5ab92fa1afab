/** Opens a TLS connection to the API server and finds out which HTTP it speaks. The server is always verified. */
import { connect, type TLSSocket } from 'node:tls'
import type { TlsIdentity } from '../identity/credentials.ts'
import { type HttpProxy, tunnel } from './proxy.ts'

export interface DialOptions {
  /** https://host:port */
  readonly server: string
  readonly proxy?: HttpProxy
  readonly tls: TlsIdentity
  readonly timeoutMs: number
  readonly protocols?: readonly string[]
}

/**
 * `open` is called in the very moment in which the connection stands: what the server says first would be lost to an
 * HTTP/2 session made any later. Rejects with the socket's own error, one with code ETIMEDOUT, or the proxy's.
 */
export async function dial<T>(
  { server, proxy, tls, timeoutMs, protocols = ['h2', 'http/1.1'] }: DialOptions,
  open: (protocol: 'h2' | 'http/1.1', socket: TLSSocket) => T | Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(server)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const target = { host, port: Number(port || 443) }
  const deadline = AbortSignal.timeout(timeoutMs)
  const way = proxy && { socket: await tunnel(proxy, `${hostname}:${target.port}`, deadline) }
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, ...way, ALPNProtocols: [...protocols], ...tls })
    socket.setNoDelay(true).setKeepAlive(true, 30_000)
    const giveUp = () => socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    deadline.addEventListener('abort', giveUp)
    socket.once('close', () => deadline.removeEventListener('abort', giveUp))
    socket.on('error', reject)
    socket.once('secureConnect', () => {
      deadline.removeEventListener('abort', giveUp)
      resolve(open(socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1', socket))
    })
  })
}
