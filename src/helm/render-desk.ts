/**
 * Renders without keeping the caller: what takes long goes on by itself, and a later call for the same release takes what
 * has become of it. So a chart that hangs holds no worker, and those known to be slow get a lane of their own.
 *
 *   render ─▶ lane ─▶ helm ─▶ soon: the result          late: RenderUnderWay; when it ends, onEnded, and the next call has it
 *             fast, or slow where the render before took long
 */
import { digestOf } from '../plan/digest.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { RenderUnderWay } from './errors.ts'
import type { Rendered, Renderer, RenderRequest } from './port.ts'

export interface RenderDesk extends Renderer {
  /** Keeps nobody waiting any more: what is not ready at once is under way. */
  hurry(): void
}

export interface RenderDeskOptions {
  readonly renderer: Renderer
  /** Renders at once. Half as many slow ones may be under way besides. */
  readonly lanes: number
  /** A caller had been sent away, and now there is something for it. */
  readonly onEnded: (release: DesiredRelease) => void
  readonly times?: { readonly patienceMs: number; readonly keepMs: number }
}

/** Longer than a render takes on a busy machine. A result that nobody has come for is of a cluster that has gone on. */
const TIMES = { patienceMs: 10_000, keepMs: 60_000 }
/** So many slow releases are remembered. */
const MAX_SLOW = 1000

interface Job {
  readonly digest: string
  readonly ending: AbortController
  readonly result: Promise<Rendered>
  /** Somebody was sent away. */
  isAwaited: boolean
}

export function createRenderDesk({ renderer, lanes, onEnded, times = TIMES }: RenderDeskOptions): RenderDesk {
  const jobs = new Map<string, Job>()
  const slow = new Set<string>()
  const fastLane = createLane(lanes)
  const slowLane = createLane(Math.max(1, Math.floor(lanes / 2)))
  const hurry = new AbortController()

  function begin(request: RenderRequest, digest: string): Job {
    const { release } = request
    const ending = new AbortController()
    const result = run(request, ending.signal)
    const job: Job = { digest, ending, result, isAwaited: false }
    const ended = () => {
      if (jobs.get(release.name) !== job || !job.isAwaited) return
      setTimeout(() => forget(release.name, job), times.keepMs).unref()
      onEnded(release)
    }
    result.then(ended, ended)
    jobs.set(release.name, job)
    return job
  }

  async function run(request: RenderRequest, signal: AbortSignal): Promise<Rendered> {
    const { name } = request.release
    const wasSlow = slow.has(name)
    let leave = await (wasSlow ? slowLane : fastLane).enter(signal)
    const startedMs = performance.now()
    const late = setTimeout(() => {
      remember(name)
      // Makes room for the fast, where the slow have any.
      const move = wasSlow ? undefined : slowLane.tryEnter()
      if (move === undefined) return
      leave()
      leave = move
    }, times.patienceMs)
    try {
      return await renderer.render(request, signal)
    } finally {
      clearTimeout(late)
      if (performance.now() - startedMs < times.patienceMs) slow.delete(name)
      leave()
    }
  }

  function remember(name: string): void {
    slow.delete(name)
    slow.add(name)
    const [oldest] = slow
    if (slow.size > MAX_SLOW && oldest !== undefined) slow.delete(oldest)
  }

  function forget(name: string, job: Job): void {
    if (jobs.get(name) === job) jobs.delete(name)
  }

  return {
    async render(request) {
      const { release, before } = request
      const digest = digestOf([release.digest, before ?? null])
      const former = jobs.get(release.name)
      // Somebody has edited what it was to become, or made another revision meanwhile.
      if (former !== undefined && former.digest !== digest) {
        former.ending.abort()
        jobs.delete(release.name)
        slow.delete(release.name)
      }
      const job = jobs.get(release.name) ?? begin(request, digest)
      const patienceMs = slow.has(release.name) ? 0 : times.patienceMs
      const result = await withPatience(job.result, patienceMs, hurry.signal).catch((error: unknown) => {
        forget(release.name, job)
        throw error
      })
      if (result === LATE) {
        job.isAwaited = true
        throw new RenderUnderWay(release)
      }
      forget(release.name, job)
      return result
    },
    hurry: () => hurry.abort(),
  }
}

const LATE = Symbol('late')

/** A result that is there is taken, whatever the patience. */
async function withPatience<T>(result: Promise<T>, ms: number, hurry: AbortSignal): Promise<T | typeof LATE> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>()
  const giveUp = () => void setImmediate(() => resolve(LATE))
  const timer = setTimeout(giveUp, ms)
  hurry.addEventListener('abort', giveUp)
  if (hurry.aborted) giveUp()
  try {
    return await Promise.race([result, promise])
  } finally {
    clearTimeout(timer)
    hurry.removeEventListener('abort', giveUp)
  }
}

interface Lane {
  /** Resolves, first come first served, with what to call when leaving. */
  enter(signal: AbortSignal): Promise<() => void>
  tryEnter(): (() => void) | undefined
}

function createLane(size: number): Lane {
  let free = size
  const queue = new Set<() => void>()
  const leaving = () => {
    let left = false
    return () => {
      if (left) return
      left = true
      const [next] = queue
      if (next === undefined) free += 1
      else next()
    }
  }
  const tryEnter = () => {
    if (free === 0) return undefined
    free -= 1
    return leaving()
  }
  return {
    tryEnter,
    enter(signal) {
      const entered = tryEnter()
      if (entered !== undefined) return Promise.resolve(entered)
      return new Promise((resolve, reject) => {
        const go = () => {
          queue.delete(go)
          signal.removeEventListener('abort', giveUp)
          resolve(leaving())
        }
        const giveUp = () => {
          queue.delete(go)
          reject(signal.reason)
        }
        queue.add(go)
        signal.addEventListener('abort', giveUp)
      })
    },
  }
}
