/** One connection, or a bundle of them, as the pool sees it; and what goes over it. */
import type { Readable } from 'node:stream'

export interface Message {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The headers have come; the body is still under way. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
  /** Asked at the body's end: whether that was its proper end rather than the connection's. */
  isComplete(): boolean
}

/** Room for one message. Either sent with, once, or given back. */
export interface Slot {
  send(message: Message, signal: AbortSignal): Promise<Answer>
  giveBack(): void
}

export interface Channel {
  /** Room now; undefined where there is none. A watch holds its room for minutes, so that it gets only some of it. */
  reserve(forWatch: boolean): Slot | undefined
  /** Takes no more messages, by our wish or the server's, and ends when those under way have ended. */
  isRetired(): boolean
  retire(): void
  /** Ends now. */
  destroy(reason: Error): void
  connections(): number
}

export interface ChannelEvents {
  /** There is room for one more. */
  onRoom(): void
  onRetired(): void
  /** Nothing is under way over it any more, nor will be. */
  onEnd(): void
}

/** No complete answer came. `processed`: whether the server may have acted on the message. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  readonly processed: 'no' | 'maybe'

  constructor(processed: 'no' | 'maybe', cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.processed = processed
  }
}
