/** The bench: each contender in an arena of its own, one after the other, through the same phases. */
import { setTimeout as delay } from 'node:timers/promises'
import { rendererName } from '../dev/cluster/binaries/renderer.ts'
import { type Progress, silentProgress } from '../dev/cluster/progress.ts'
import { releaseName } from '../src/plan/names.ts'
import { mapAtMost } from '../src/proxmox/at-most.ts'
import { type Arena, startArena } from './arena/arena.ts'
import { watchArrivals } from './arena/arrivals.ts'
import { planManifest, tenantManifest, tenantNames } from './arena/customer.ts'
import { reportRunning } from './arena/stand-in.ts'
import { hasRevision, isReady, watchTenants } from './arena/tenant-watch.ts'
import type { Contender, ContenderName, Entry } from './contenders/contender.ts'
import { dotI } from './contenders/dot-i.ts'
import { helm } from './contenders/helm.ts'
import { limit } from './contenders/limit.ts'
import { tenantry } from './contenders/tenantry.ts'
import type { ContenderFigures, PhaseFigures, PhaseName, Report } from './figures.ts'
import { isUpkeep } from './measure/audit.ts'
import { measureBareNodeMiB } from './measure/bare-node.ts'
import { auditReader, type Meter, startMeter, type Worker } from './measure/meter.ts'
import { childrenOf, commandOf } from './measure/process.ts'

export interface BenchOptions {
  readonly tenants: number
  readonly idleSeconds: number
  readonly only: readonly ContenderName[]
  /** Nobody looks at CPU and memory: a renderer that is kept for a while is not waited for. */
  readonly countsOnly?: boolean
  readonly progress?: Progress
}

const CONTENDERS: Readonly<Record<ContenderName, Contender>> = { limit, tenantry, helm, 'dot-i': dotI }
/** After this time without a request, an operator has ended what it was at. */
const REST_MS = 3_000
/** The operator gathers repeated events for 30 s before it writes their count. */
const AFTERMATH_MS = 32_000
const GIVE_UP_MS = 120_000
const LOOK_MS = 500
/** As the kernel cuts it off. */
const rendererCommand = rendererName.slice(0, 15)

export async function runBench(options: BenchOptions): Promise<Report> {
  const { tenants, idleSeconds, only, countsOnly = false, progress = silentProgress } = options
  const contenders: ContenderFigures[] = []
  let changedObjects: number | undefined
  for (const name of only) {
    const { title } = CONTENDERS[name]
    const run = await progress.step(title, () => runContender(CONTENDERS[name], { ...options, countsOnly, progress }))
    contenders.push({ contender: name, title, phases: run.phases })
    changedObjects ??= run.changedObjects
  }
  const bareNodeMiB = await measureBareNodeMiB()
  return { tenants, idleSeconds, bareNodeMiB, ...(changedObjects === undefined ? {} : { changedObjects }), contenders }
}

interface ContenderRun {
  readonly phases: Partial<Record<PhaseName, PhaseFigures>>
  readonly changedObjects?: number
}

async function runContender(contender: Contender, options: Required<BenchOptions>): Promise<ContenderRun> {
  const { tenants: count, progress } = options
  const tenants = tenantNames(count)
  const arena = await startArena(progress)
  try {
    await arena.kube.create(planManifest(1))
    const entry = await progress.step('prepare', () => contender.prepare(arena, tenants))
    try {
      await mapAtMost(tenants, 16, async tenant => void (await arena.kube.create(tenantManifest(tenant))))
      const phases = await runPhases(arena, entry, tenants, options)
      const { changedObjects } = entry
      return { phases, ...(changedObjects === undefined ? {} : { changedObjects }) }
    } finally {
      await entry.stop()
    }
  } finally {
    await arena.stop()
  }
}

async function runPhases(arena: Arena, entry: Entry, tenants: readonly string[], options: Required<BenchOptions>) {
  const { idleSeconds, countsOnly, progress } = options
  const timeoutMs = 60_000 + tenants.length * 4_000
  const arrivals = await watchArrivals(arena, tenants.map(releaseName))
  const watch = await watchTenants(arena)
  const whileAlive = <T>(work: Promise<T>) => Promise.race([work, ...(entry.died === undefined ? [] : [entry.died()])])
  const phase = (name: PhaseName, work: (meter: Meter) => Promise<PhaseFigures>) =>
    progress.step(name, async () => work(await startMeter(arena, entry.user, entry.worker)))
  const rollOut = (name: PhaseName, revision: 1 | 2, act: () => Promise<unknown>) =>
    phase(name, async meter => {
      await act()
      const deployedAtMs = await whileAlive(arrivals.whenDeployed(revision, timeoutMs))
      if (entry.operator) await whileAlive(watch.whenAll(`at revision ${revision}`, hasRevision(revision), timeoutMs))
      return meter.end({ deployedAtMs })
    })
  const settle = async (silentMs: number, untilAlone: boolean) => {
    if (!entry.reportsReady) return
    await reportRunning(arena.kube, tenants)
    await whileAlive(watch.whenAll('Ready', isReady, timeoutMs))
    const requests = await auditReader(arena, entry.user)
    await whenSilent(requests, entry.worker, { silentMs, least: 0, untilAlone })
  }

  try {
    const install = await rollOut('install', 1, entry.install)
    await settle(REST_MS, false)
    const upgrade = await rollOut('upgrade', 2, async () => {
      await arena.kube.apply(planManifest(2), { manager: 'bench', force: true })
      await entry.upgrade()
    })
    await settle(AFTERMATH_MS, !countsOnly)
    const idle = entry.operator
      ? await phase('idle', async meter => {
          await delay(idleSeconds * 1000)
          return meter.end()
        })
      : undefined
    const { restart } = entry
    if (restart !== undefined) await entry.stop()
    const restarted =
      restart &&
      (await phase('restart', async meter => {
        await restart()
        return meter.end({
          endedAtMs: entry.operator
            ? await whenSilent(meter.requests, entry.worker, {
                silentMs: REST_MS,
                least: entry.startRequests,
                untilAlone: false,
              })
            : performance.now(),
        })
      }))
    return {
      install,
      upgrade,
      ...(idle === undefined ? {} : { idle }),
      ...(restarted === undefined ? {} : { restart: restarted }),
    }
  } finally {
    await Promise.all([arrivals.stop(), watch.stop()])
  }
}

interface Silence {
  readonly silentMs: number
  /** On a busy machine a process takes its time to start, so that silence counts only after so many requests. */
  readonly least: number
  /** Also until the renderer has ended, for which it must have had nothing to do for a minute. */
  readonly untilAlone: boolean
}

/** When the last request was sent, on the monotonic clock. Silence is to have no helm at work either. */
async function whenSilent(requests: Meter['requests'], worker: Worker, silence: Silence): Promise<number> {
  const { silentMs, least, untilAlone } = silence
  const isAtWork = (pid: number) => untilAlone || commandOf(pid) !== rendererCommand
  const startedMs = Date.now()
  for (;;) {
    await delay(LOOK_MS)
    const work = (await requests()).filter(request => !isUpkeep(request))
    const lastMs = work.reduce((latest, { atMs }) => Math.max(latest, atMs), startedMs)
    const nowMs = Date.now()
    const isSilent = work.length >= least && !worker.pids().flatMap(childrenOf).some(isAtWork)
    // An operator that never comes to rest is to be seen in the figures, and not to hold up the bench.
    if ((isSilent && nowMs - lastMs > silentMs) || nowMs - startedMs > GIVE_UP_MS) {
      return performance.now() - (nowMs - lastMs)
    }
  }
}
