/** Tells people what happened, by Events (events.k8s.io/v1). Never throws, never blocks, never floods. */
import { randomBytes } from 'node:crypto'
import { type KubeObject, refOf } from '../plan/object.ts'
import type { Kube } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { createEventBudget } from './event-budget.ts'
import { type EventSource, eventObject, seriesPatch } from './event-object.ts'

export interface EventRecorder {
  /** About an object with its uid. The same again is counted in a series of the first. */
  record(about: KubeObject, event: ObjectEvent): void
  /** Resolves when all that was recorded is written or given up. */
  flush(): Promise<void>
}

export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for what has happened. */
  readonly reason: string
  readonly note: string
  /** What was done or tried, CamelCase, such as `Provision`. */
  readonly action: string
}

export interface EventRecorderOptions extends EventSource {
  readonly kube: Pick<Kube, 'create' | 'patch'>
  /** An event that could not be written; it is not tried again. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

/** What is the same within this time belongs to one series. */
const SERIES_MS = 6 * 60_000
/** How long repetitions are gathered before their count is written. */
const GATHER_MS = 30_000
const MAX_SERIES = 1000
const MAX_WAITING = 200

interface Series {
  readonly event: KubeObject
  count: number
  writtenCount: number
  last: Date
  lastMs: number
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { kube, onError = () => undefined, clock = systemClock, controller, instance } = options
  const known = new Map<string, Series>()
  const budget = createEventBudget()
  let waiting = 0
  let writes = Promise.resolve()
  let gathering: NodeJS.Timeout | undefined

  const write = async (key: string, series: Series) => {
    try {
      if (series.writtenCount === 0) await kube.create(series.event)
      const { count, last } = series
      if (count > 1) await kube.patch(refOf(series.event), seriesPatch(count, last))
      series.writtenCount = count
    } catch (error) {
      // Perhaps the event itself has expired: the next of its kind begins anew.
      if (known.get(key) === series) known.delete(key)
      onError(error)
    }
    waiting -= 1
  }
  const enqueue = (key: string, series: Series) => {
    waiting += 1
    writes = writes.then(() => write(key, series))
  }
  const enqueueCounts = () => {
    clearTimeout(gathering)
    gathering = undefined
    for (const [key, series] of known) {
      if (series.writtenCount > 0 && series.count > series.writtenCount) enqueue(key, series)
    }
  }

  return {
    record(about, event) {
      const nowMs = clock.nowMs()
      const key = JSON.stringify([about.metadata.uid, event.type, event.reason, event.note, event.action])
      const series = known.get(key)
      if (series !== undefined && nowMs - series.lastMs < SERIES_MS) {
        Object.assign(series, { count: series.count + 1, last: clock.date(), lastMs: nowMs })
        gathering ??= setTimeout(enqueueCounts, GATHER_MS).unref()
        return
      }
      if (waiting >= MAX_WAITING || !budget.spend(about.metadata.uid ?? '', nowMs)) return
      const at = clock.date()
      const name = { suffix: randomBytes(8).toString('hex'), at }
      const first = { event: eventObject({ controller, instance }, about, event, name), count: 1, writtenCount: 0 }
      remember(known, key, { ...first, last: at, lastMs: nowMs })
      enqueue(key, known.get(key) as Series)
    },
    async flush() {
      await writes
      enqueueCounts()
      await writes
    },
  }
}

function remember(known: Map<string, Series>, key: string, series: Series): void {
  known.delete(key)
  known.set(key, series)
  const [oldest] = known.keys()
  if (known.size > MAX_SERIES && oldest !== undefined) known.delete(oldest)
}
