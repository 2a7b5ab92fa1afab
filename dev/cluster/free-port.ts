/** Finds ports for servers that cannot choose one themselves. */

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Above the well-known services and below node ports (from 30000) and the ports that Linux gives to outgoing connections
 * (from 32768): a server that is started again finds its port free, however many connections were opened meanwhile.
 */
const range = { from: 20_000, to: 30_000 }
const attempts = 100

/** A TCP port of the loopback address that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(range.from, range.to)
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${attempts} ports between ${range.from} and ${range.to} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
