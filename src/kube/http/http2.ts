/** One HTTP/2 connection: its streams, its pulse, and its end. */
import * as http2 from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type Answer, type Channel, type ChannelEvents, ExchangeError, type Message, type Slot } from './channel.ts'

export interface Http2Options extends ChannelEvents {
  readonly server: string
  readonly socket: TLSSocket
  /** A connection that does not answer a ping within this time is dead. */
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
}

/** For answers of several megabytes the default window of 64 KiB would mean a pause for each piece. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024

/** Resolves when the server has told its limits. */
export async function openHttp2(options: Http2Options): Promise<Channel> {
  const session = http2.connect(options.server, {
    createConnection: () => options.socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
  })
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
  // After a TLS alert, such as for a client certificate that is not accepted, Node waits for an end that never comes.
  options.socket.on('error', () => options.socket.destroy())
  const channel = new Http2Channel(session, options)
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve())
    session.once('error', reject)
    session.once('close', () => reject(new Error('closed before the server told its settings')))
  })
  return channel
}

class Http2Channel implements Channel {
  readonly #session: http2.ClientHttp2Session
  readonly #options: Http2Options
  #taken = 0
  #watches = 0

  constructor(session: http2.ClientHttp2Session, options: Http2Options) {
    this.#session = session
    this.#options = options
    const pulse = setInterval(() => this.#ping(), options.pingIntervalMs).unref()
    // Why a connection ended is told to each of its streams; without streams nobody needs to know.
    session.on('error', () => undefined)
    session.on('goaway', () => options.onRetired())
    session.on('close', () => {
      clearInterval(pulse)
      options.onEnd()
    })
  }

  reserve(forWatch: boolean): Slot | undefined {
    const limit = this.#session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
    const isFull = this.#taken >= limit || (forWatch && this.#watches >= limit / 2)
    if (this.isRetired() || isFull) return undefined
    this.#take(forWatch, 1)
    let held = true
    const giveBack = () => {
      if (!held) return
      held = false
      this.#take(forWatch, -1)
      this.#options.onRoom()
    }
    return { send: (message, signal) => this.#send(message, signal, giveBack), giveBack }
  }

  /** Node closes a session by itself when a GOAWAY arrives. */
  isRetired(): boolean {
    return this.#session.closed || this.#session.destroyed
  }

  retire(): void {
    this.#session.close()
    this.#options.onRetired()
  }

  destroy(reason: Error): void {
    this.#session.destroy(reason)
  }

  connections(): number {
    return 1
  }

  #take(forWatch: boolean, count: 1 | -1): void {
    this.#taken += count
    if (forWatch) this.#watches += count
  }

  #send(message: Message, signal: AbortSignal, onClose: () => void): Promise<Answer> {
    const { method, path, headers, body } = message
    return new Promise((resolve, reject) => {
      let stream: http2.ClientHttp2Stream
      try {
        stream = this.#session.request({ ...headers, ':method': method, ':path': path }, { endStream: !body })
      } catch (error) {
        onClose()
        return reject(new ExchangeError('no', error))
      }
      const abort = () => {
        stream.close(http2.constants.NGHTTP2_CANCEL)
        stream.destroy()
        reject(signal.reason)
      }
      // An error takes its stack, which costs more than the rest: it is made only where somebody will see it.
      let answered = false
      signal.addEventListener('abort', abort)
      stream.on('close', () => {
        signal.removeEventListener('abort', abort)
        onClose()
        if (!answered) reject(new ExchangeError(processed(stream), `the stream ended with code ${stream.rstCode}`))
      })
      stream.on('error', error => reject(new ExchangeError(processed(stream), error)))
      stream.on('response', answer => {
        answered = true
        const { ':status': status = 0, ...rest } = answer
        resolve({
          status,
          headers: flat(rest),
          body: stream,
          isComplete: () => !stream.aborted && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR,
        })
      })
      if (body) stream.end(body)
    })
  }

  /** Node and kernel notice a peer that vanished without a word only after many minutes. */
  #ping(): void {
    const timer = setTimeout(() => this.destroy(new Error('no answer to a ping')), this.#options.pingTimeoutMs)
    timer.unref()
    const sent = !this.#session.destroyed && this.#session.ping(() => clearTimeout(timer))
    if (!sent) clearTimeout(timer)
  }
}

/** Refused streams were never looked at, and so are those after the last one that a GOAWAY names (RFC 9113 §6.8, §8.7). */
function processed({ rstCode }: http2.ClientHttp2Stream): 'no' | 'maybe' {
  return rstCode === http2.constants.NGHTTP2_REFUSED_STREAM ? 'no' : 'maybe'
}

function flat(headers: http2.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}
