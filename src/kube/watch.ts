/** One watch of one kind: events in order, until it ends or breaks off. Remembers nothing. */
import type { KubeObject } from '../plan/object.ts'
import { errorOf, statusError } from './answer.ts'
import type { KindRef, ListOptions } from './client.ts'
import type { ServedKind } from './discovery.ts'
import { endpointOf } from './endpoint.ts'
import { KubeError, OWN_REASONS } from './errors.ts'
import { linesOf } from './http/body.ts'
import type { Transport, TransportStream } from './transport.ts'

export interface WatchEvent {
  /** A bookmark carries nothing but the resourceVersion up to which everything has been told. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
}

export interface WatchRequest extends ListOptions {
  readonly kind: KindRef
  readonly since: string
  /** After which the server ends the watch by itself. */
  readonly seconds: number
  readonly signal: AbortSignal
}

/** Returns when the server has accepted. Reading throws a KubeError where the watch breaks off or the server gives up. */
export async function openWatch(
  transport: Transport,
  served: ServedKind,
  { signal, ...request }: WatchRequest,
): Promise<AsyncIterable<WatchEvent>> {
  const { what, ...endpoint } = endpointOf(served, { verb: 'watch', ...request })
  const question = { what, kind: served.kind }
  const stream = await transport.stream({ ...endpoint, what, signal })
  if (stream.status !== 200) throw errorOf(question, { ...stream, body: await textOf(stream) })
  return eventsOf(question, stream)
}

async function* eventsOf(question: { what: string; kind: string }, stream: TransportStream) {
  for await (const line of linesOf(stream.body)) {
    const { type, object } = parseLine(question.what, line)
    if (type === 'ERROR') throw statusError(question, object as Parameters<typeof statusError>[1])
    yield { type, object: object as KubeObject }
  }
}

function parseLine(what: string, line: string): { type: WatchEvent['type'] | 'ERROR'; object: unknown } {
  try {
    return JSON.parse(line) as { type: WatchEvent['type'] | 'ERROR'; object: unknown }
  } catch {
    const message = `Cannot ${what}: an event is not JSON`
    throw new KubeError({ status: 200, reason: OWN_REASONS.badAnswer, message })
  }
}

async function textOf({ body }: TransportStream): Promise<string> {
  let text = ''
  for await (const piece of body) text += piece
  return text
}
