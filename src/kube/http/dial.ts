/** Opens a TLS connection to the API server and finds out which HTTP it speaks. The server is always verified. */
import { connect, type TLSSocket } from 'node:tls'
import type { TlsIdentity } from '../identity/credentials.ts'

export interface DialOptions {
  /** https://host:port */
  readonly server: string
  readonly tls: TlsIdentity
  readonly timeoutMs: number
}

/**
 * `open` is called in the very moment in which the connection stands: what the server says first would be lost to an
 * HTTP/2 session made any later. Rejects with the socket's own error, or one with code ETIMEDOUT.
 */
export function dial<T>(
  { server, tls, timeoutMs }: DialOptions,
  open: (protocol: 'h2' | 'http/1.1', socket: TLSSocket) => T | Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(server)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port || 443), ALPNProtocols: ['h2', 'http/1.1'], ...tls })
    socket.setNoDelay(true).setKeepAlive(true, 30_000)
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    }, timeoutMs)
    socket.once('close', () => clearTimeout(timer))
    socket.on('error', reject)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      resolve(open(socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1', socket))
    })
  })
}
