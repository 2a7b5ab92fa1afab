/** Lists, then watches, for as long as it may: what an informer is told, in order and without a gap. Keeps no copy. */
import type { KubeObject } from '../plan/object.ts'
import { withKind } from './answer.ts'
import { type Backoff, createBackoff } from './backoff.ts'
import type { KindRef, ListOptions } from './client.ts'
import { systemClock } from './clock.ts'
import type { ServedKind } from './discovery.ts'
import { isClosed, isExpired, isKindNotServed, isUnreachable, KubeError, OWN_REASONS } from './errors.ts'
import type { InformerOptions } from './informer.ts'
import { listAll } from './list.ts'
import { openWatch, type WatchEvent } from './watch.ts'

export interface ReflectorEvents {
  /** The server said something, whatever it was, or is about to be asked. */
  onAlive(): void
  /** All that there is now. */
  onList(objects: readonly KubeObject[]): void
  /** Never a bookmark. */
  onEvent(event: WatchEvent): void
  /** The server does not serve the kind, so that nothing is known of its objects. */
  onUnknown(): void
  /** Tried again after a pause. */
  onError(error: unknown): void
}

/** Tries share one connection, so that a server that was away is found again within seconds at little cost. */
const RETRY = { minMs: 500, maxMs: 5_000 }
const WATCH_SECONDS = 300
/** After which a silent watch counts as lost: the server sends a bookmark a minute, or somewhat more. */
const SILENCE_MS = 150_000
/** A watch that lives shorter, and tells nothing, has not worked. */
const SHORT_MS = 1_000

/** Resolves when the signal has ended it, or the transport is closed. */
export async function follow(options: InformerOptions, ending: AbortSignal, events: ReflectorEvents): Promise<void> {
  const backoff = createBackoff(options.retry ?? RETRY)
  let since: string | undefined
  while (!ending.aborted) {
    const startedMs = performance.now()
    events.onAlive()
    try {
      const served = await options.discovery.find(options.kind)
      since ??= await list(options, served, ending, events)
      for await (const event of watch(options, served, since, ending)) {
        events.onAlive()
        backoff.reset()
        since = event.object.metadata.resourceVersion ?? since
        if (event.type !== 'BOOKMARK') events.onEvent(event)
      }
      if (performance.now() - startedMs > SHORT_MS) backoff.reset()
      else await pause(backoff, 0, ending)
    } catch (error) {
      if (ending.aborted || isClosed(error)) return
      // A lost connection leaves no gap: the watch goes on where it was. After anything else everything is read again.
      if (!isUnreachable(error)) since = undefined
      if (isKindNotServed(error)) {
        options.discovery.forget()
        events.onUnknown()
      }
      // A moment that is too old to go on from is part of a watch's life.
      if (!isExpired(error)) events.onError(error)
      await pause(backoff, error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0, ending)
    }
  }
}

async function list(
  { transport, trim, ...options }: InformerOptions,
  served: ServedKind,
  signal: AbortSignal,
  events: ReflectorEvents,
): Promise<string> {
  const request = { ...selectionOf(options), signal, ...(trim === undefined ? {} : { trim }) }
  const { items, resourceVersion } = await listAll(transport, served, request)
  events.onList(items)
  return resourceVersion
}

async function* watch(
  { transport, trim = object => object, watchSeconds = WATCH_SECONDS, ...options }: InformerOptions,
  served: ServedKind,
  since: string,
  ending: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const seconds = Math.round(watchSeconds * (0.8 + 0.4 * Math.random()))
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(silenceError(options.kind.kind)), SILENCE_MS)
  const signal = AbortSignal.any([ending, silent.signal])
  try {
    const events = await openWatch(transport, served, { ...selectionOf(options), since, seconds, signal })
    for await (const { type, object } of events) {
      timer.refresh()
      yield { type, object: type === 'BOOKMARK' ? object : trim(withKind(served, object)) }
    }
  } finally {
    clearTimeout(timer)
  }
}

function selectionOf(options: Pick<InformerOptions, 'kind' | keyof ListOptions>): { kind: KindRef } & ListOptions {
  const { kind, namespace, labelSelector, fieldSelector, metadataOnly } = options
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  }
}

function silenceError(kind: string): KubeError {
  const message = `Cannot watch ${kind} objects: the server has said nothing for ${SILENCE_MS / 1000} s`
  return new KubeError({ status: 0, reason: OWN_REASONS.unreachable, message })
}

async function pause(backoff: Backoff, atLeastMs: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(Math.max(backoff.next(), atLeastMs), signal)
}
