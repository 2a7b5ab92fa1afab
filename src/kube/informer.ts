/** Keeps a copy of all objects of one kind, by one list and then a watch that never gives up. */
import type { KubeObject } from '../plan/object.ts'
import type { KindRef, ListOptions } from './client.ts'
import type { Discovery } from './discovery.ts'
import { isServerTrouble, KubeError, OWN_REASONS } from './errors.ts'
import { type Change, createObjectStore, type StoreOptions } from './object-store.ts'
import { follow } from './reflector.ts'
import type { Transport } from './transport.ts'

export type { Change } from './object-store.ts'

export interface Informer {
  start(): void
  /** Ends the watch; resolves when nothing of it runs any more. */
  stop(): Promise<void>
  /** The copy is complete. Becomes false again while the server does not serve the kind. */
  readonly synced: boolean
  /** Rejects where the informer is stopped before. */
  whenSynced(): Promise<void>
  /** The copy is complete, or the server has said that there will be none: the kind is not served, or not to be read. */
  whenAnswered(): Promise<void>
  /** Throws before the copy is complete, for then absent would be unknown. */
  get(name: string, namespace?: string): KubeObject | undefined
  /** All, or those of one namespace. Throws before the copy is complete. */
  list(namespace?: string): KubeObject[]
  /** Those that the watch's own index has under this key. Throws before the copy is complete. */
  indexed(key: string): KubeObject[]
  /** What is there already is told at once, as `added`. Listeners that throw are reported to `onError`. */
  onChange(listener: ChangeListener): void
  /** ms on the monotonic clock since the server was last heard (event, bookmark, list) or asked; since the start before that. */
  idleForMs(): number
}

export type ChangeListener = (change: Change) => void

export interface InformerOptions extends ListOptions, StoreOptions {
  readonly transport: Transport
  readonly discovery: Discovery
  readonly kind: KindRef
  /** What to keep of each object. metadata.name, namespace, uid and resourceVersion have to stay. */
  readonly trim?: (object: KubeObject) => KubeObject
  /** Failed lists and watches (they are tried again), and exceptions of listeners. */
  readonly onError?: (error: unknown) => void
  /** A watch ends by itself after this time, give or take a fifth, and is opened again. Default 300 s. */
  readonly watchSeconds?: number
  readonly retry?: { readonly minMs: number; readonly maxMs: number }
}

export function createInformer(options: InformerOptions): Informer {
  const { kind, onError = () => undefined } = options
  const store = createObjectStore(options)
  const listeners: ChangeListener[] = []
  const ending = new AbortController()
  const clock = { aliveMs: performance.now() }
  const answered = Promise.withResolvers<void>()
  let sync = newSync()
  let running: Promise<void> | undefined

  const tell = (listener: ChangeListener, changes: readonly Change[]) => {
    for (const change of changes) {
      try {
        listener(change)
      } catch (error) {
        onError(error)
      }
    }
  }
  const tellAll = (changes: readonly Change[]) => {
    for (const listener of listeners) tell(listener, changes)
  }
  const known = () => {
    if (sync.done) return store
    const message = `Cannot tell which ${kind.kind} objects there are: the first list has not come yet`
    throw new KubeError({ status: 0, reason: OWN_REASONS.notSynced, message })
  }

  return {
    start() {
      clock.aliveMs = performance.now()
      running ??= follow(options, ending.signal, {
        onAlive: () => {
          clock.aliveMs = performance.now()
        },
        onList(objects) {
          const changes = store.replace(objects)
          sync.done = true
          sync.resolve()
          answered.resolve()
          tellAll(changes)
        },
        onEvent: ({ type, object }) => tellAll(type === 'DELETED' ? store.remove(object) : store.put(object)),
        onUnknown() {
          if (sync.done) sync = newSync()
        },
        onError(error) {
          if (!isServerTrouble(error)) answered.resolve()
          onError(error)
        },
      })
    },
    async stop() {
      ending.abort()
      sync.reject(
        new KubeError({ status: 0, reason: OWN_REASONS.closed, message: `Cannot watch ${kind.kind}: stopped` }),
      )
      await running
    },
    get synced() {
      return sync.done
    },
    whenSynced: () => sync.promise,
    whenAnswered: () => answered.promise,
    get: (name, namespace) => known().get(name, namespace),
    list: namespace => known().list(namespace),
    indexed: key => known().indexed(key),
    onChange(listener) {
      listeners.push(listener)
      if (sync.done)
        tell(
          listener,
          store.list().map(object => ({ type: 'added', object })),
        )
    },
    idleForMs: () => performance.now() - clock.aliveMs,
  }
}

interface Sync extends PromiseWithResolvers<void> {
  done: boolean
}

/** Nobody has to wait for it, so that its rejection is not unhandled. */
function newSync(): Sync {
  const pending = Promise.withResolvers<void>()
  pending.promise.catch(() => undefined)
  return { ...pending, done: false }
}
