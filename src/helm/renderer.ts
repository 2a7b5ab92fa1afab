/**
 * Renders without a process for each tenant: one renderer process is asked, and where it has no answer, helm is.
 *
 *   the chart looks into the cluster          ─▶ helm, as the release's own account
 *   missing, ended, or resting after that     ─▶ helm
 *   over its time                             ─▶ the renderer is ended; what else was under way ─▶ helm
 *   over its memory                           ─▶ the same, but all that was under way fails: any of it may be the cause
 */

import type { Abilities } from '../plan/abilities.ts'
import { cannotRender, refusedRender } from './helm-words.ts'
import type { ChartStore, Rendered, Renderer, RenderRequest } from './port.ts'
import { asReleaseObject } from './release-object.ts'
import type { Answer } from './renderer-line.ts'
import { type RendererEnd, type RendererProcess, startRenderer } from './renderer-process.ts'

export interface RendererOptions {
  /** The renderer: a path, or a name on PATH. */
  readonly file: string
  /** A process for each render. */
  readonly helm: Renderer
  readonly charts: ChartStore
  /** What the cluster can do now; the same value as long as it is the same. */
  readonly abilities: () => Promise<Abilities>
  readonly privateDir: string
  readonly signal: AbortSignal
  /** Told once. */
  readonly onMissing?: () => void
  readonly nowMs?: () => number
  readonly timeoutMs?: number
  readonly memoryMiB?: number
  /** How long it is kept with nothing to do. */
  readonly idleMs?: number
}

const TIMEOUT_MS = 60_000
const MEMORY_MIB = 192
const IDLE_MS = 60_000
const REST_MS = { first: 1_000, most: 60_000 }

type Asked = { readonly answer: Answer } | { readonly end: RendererEnd | 'resting' | 'late' | 'unwanted' }

export function createRenderer(options: RendererOptions): Renderer {
  const { helm, charts, abilities, signal, timeoutMs = TIMEOUT_MS, memoryMiB = MEMORY_MIB } = options
  const keeper = keepRenderer({ ...options, memoryMiB })
  const ask = async (request: RenderRequest): Promise<Asked> => {
    const question = { request, chartPath: await charts.pathOf(request.release.chart), abilities: await abilities() }
    const renderer = keeper.renderer()
    if (renderer === undefined) return { end: 'resting' }
    let late = false
    const watch = setTimeout(() => {
      late = true
      renderer.kill()
    }, timeoutMs)
    const asked = await renderer.ask(question)
    clearTimeout(watch)
    keeper.used('answer' in asked)
    return late ? { end: 'late' } : asked
  }
  return {
    async render(request, signalOfCaller) {
      const { release } = request
      if (signal.aborted) throw cannotRender(release, 'RenderAborted', 'the operator is stopping')
      const asked = await Promise.race([ask(request), unwanted(signalOfCaller)])
      if ('answer' in asked && !asked.answer.lookup) return renderedIn(asked.answer, request)
      if (signal.aborted) throw cannotRender(release, 'RenderAborted', 'the operator is stopping')
      const end = 'end' in asked ? asked.end : undefined
      if (end === 'unwanted') throw cannotRender(release, 'RenderAborted', 'nobody waits for it any more')
      if (end === 'late') throw cannotRender(release, 'RenderTimedOut', `helm took longer than ${timeoutMs / 1000} s`)
      if (end === 'memory') {
        const why = `it, or another chart rendered beside it, takes more than ${2 * memoryMiB} MiB of memory`
        throw cannotRender(release, 'RenderFailed', why)
      }
      return helm.render(request, signalOfCaller)
    },
  }
}

/** When the caller gives up. The renderer goes on, for others may be at it, and is ended when the chart's time is over. */
function unwanted(signal: AbortSignal | undefined): Promise<Asked> {
  return new Promise(resolve => {
    if (signal?.aborted) resolve({ end: 'unwanted' })
    signal?.addEventListener('abort', () => resolve({ end: 'unwanted' }), { once: true })
  })
}

/** @throws HelmError as helm as a process would */
function renderedIn({ release: made, documents, error, tooLarge }: Answer, { release }: RenderRequest): Rendered {
  if (tooLarge) throw cannotRender(release, 'ReleaseTooLarge', 'the result is too large')
  if (error !== undefined) throw refusedRender(release, `Error: ${error}`)
  return { release: asReleaseObject(made), documents }
}

interface Keeper {
  /** One that is running, or undefined while none is to be started. */
  renderer(): RendererProcess | undefined
  used(well: boolean): void
}

/** Starts a renderer when one is needed, ends it when none is, and rests after it has ended by itself. */
function keepRenderer(options: RendererOptions & { readonly memoryMiB: number }): Keeper {
  const { file, privateDir, memoryMiB, signal, onMissing, nowMs = () => performance.now(), idleMs = IDLE_MS } = options
  let current: RendererProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let failures = 0
  let restUntilMs = 0
  let missing = false
  signal.addEventListener('abort', () => current?.kill(), { once: true })
  const start = () => {
    const started = startRenderer({
      file,
      folder: privateDir,
      memoryMiB,
      onEnd(end) {
        if (current !== started) return
        current = undefined
        if (end === 'missing') {
          missing = true
          onMissing?.()
        }
        if (end !== 'crash') return
        restUntilMs = nowMs() + Math.min(REST_MS.most, REST_MS.first * 2 ** failures)
        failures += 1
      },
    })
    return started
  }
  return {
    renderer() {
      clearTimeout(idle)
      if (current === undefined && (missing || signal.aborted || nowMs() < restUntilMs)) return undefined
      current ??= start()
      return current
    },
    used(well) {
      if (well) failures = 0
      clearTimeout(idle)
      if (current === undefined || current.underWay > 0) return
      idle = setTimeout(() => {
        current?.close()
        current = undefined
      }, idleMs)
      idle.unref()
    },
  }
}
