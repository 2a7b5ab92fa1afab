/** Decides over which connection a message goes, and opens and replaces connections as needed. */

import type { TlsIdentity } from '../identity/credentials.ts'
import { abortable } from './abortable.ts'
import type { Channel, ChannelEvents, Slot } from './channel.ts'
import { dial } from './dial.ts'
import { createHttp1 } from './http1.ts'
import { openHttp2 } from './http2.ts'
import type { HttpProxy } from './proxy.ts'

export interface PoolOptions {
  readonly server: string
  readonly proxy?: HttpProxy
  readonly connectTimeoutMs: number
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
}

/**
 * Requests share one connection and wait for their turn there; only watches, which hold their streams, may need more.
 * A connection belongs to one TLS identity: with a new certificate come new connections, and the old ones run dry.
 */
export class ConnectionPool {
  readonly #options: PoolOptions
  readonly #channels = new Set<Channel>()
  #waiting: (() => void)[] = []
  #dialling: Promise<void> | undefined
  #tls: TlsIdentity | undefined
  #closed: Error | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Which identity connections have from now on; the same object means the same identity. */
  identify(tls: TlsIdentity): void {
    if (this.#tls === tls) return
    this.#tls = tls
    this.#dialling = undefined
    for (const channel of this.#channels) channel.retire()
  }

  /** Rejects with what kept it from connecting, or with the signal's reason. */
  async acquire(forWatch: boolean, signal: AbortSignal): Promise<Slot> {
    for (;;) {
      if (this.#closed !== undefined) throw this.#closed
      const usable = [...this.#channels].filter(channel => !channel.isRetired())
      for (const channel of usable) {
        const slot = channel.reserve(forWatch)
        if (slot !== undefined) return slot
      }
      signal.throwIfAborted()
      await abortable(usable.length > 0 && !forWatch ? this.#room(signal) : this.#connect(), signal)
    }
  }

  connections(): number {
    return [...this.#channels].reduce((sum, channel) => sum + channel.connections(), 0)
  }

  close(reason: Error): void {
    this.#closed = reason
    for (const channel of this.#channels) channel.destroy(reason)
    this.#wakeAll()
  }

  /** Those who come meanwhile share the attempt, and its failure. */
  #connect(): Promise<void> {
    if (this.#dialling !== undefined) return this.#dialling
    const dialling = this.#open(this.#tls ?? {}).finally(() => {
      if (this.#dialling === dialling) this.#dialling = undefined
    })
    this.#dialling = dialling
    return dialling
  }

  async #open(tls: TlsIdentity): Promise<void> {
    const { server, proxy, connectTimeoutMs: timeoutMs } = this.#options
    const way = { server, tls, timeoutMs, ...(proxy === undefined ? {} : { proxy }) }
    let channel: Channel | undefined
    const events: ChannelEvents = {
      onRoom: () => this.#wake(1),
      onRetired: () => this.#wakeAll(),
      onEnd: () => {
        if (channel !== undefined) this.#channels.delete(channel)
        this.#wakeAll()
      },
    }
    channel = await dial(way, (protocol, socket) => {
      if (protocol === 'h2') return openHttp2({ ...this.#options, ...events, socket })
      socket.destroy()
      return createHttp1({ ...events, ...way })
    })
    this.#channels.add(channel)
    if (this.#closed !== undefined) channel.destroy(this.#closed)
    else if (this.#tls !== tls) channel.retire()
    this.#wakeAll()
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      // One who has given up passes the room on.
      this.#waiting.push(() => (signal.aborted ? this.#wake(1) : resolve()))
    })
  }

  #wake(count: number): void {
    for (const wake of this.#waiting.splice(0, count)) wake()
  }

  #wakeAll(): void {
    this.#wake(this.#waiting.length)
  }
}
