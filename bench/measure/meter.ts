/** Reads all counters before and after a phase. What it asks the API server for itself lies outside of the CPU window. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { type PhaseFigures, spreadOf } from '../figures.ts'
import { countedBy, isUpkeep, isWrite, type Request } from './audit.ts'
import { followAudit } from './audit-tail.ts'
import { readCpu, readPeakMiB, readTreeMiB } from './process.ts'
import { increase, requestTotals } from './server-metrics.ts'

/** The processes of a contender. */
export interface Worker {
  /** Seconds so far, of all its processes and their children, also of those that have ended. */
  cpuSeconds(): number
  /** Running now. */
  pids(): readonly number[]
  /** Charts that the process that runs now has rendered; 0 where none runs. */
  renders?(): Promise<number>
}

export interface Meter {
  /** Requests of the contender since the phase began. */
  requests(): Promise<readonly Request[]>
  /** `deployedAtMs` on the monotonic clock; the phase is over when it is called, or at `endedAtMs`. */
  end(more?: { deployedAtMs?: readonly number[]; endedAtMs?: number }): Promise<PhaseFigures>
}

const SAMPLE_MS = 100
/** The audit log is written behind the answers. */
const AUDIT_LAG_MS = 300

export async function startMeter(arena: Arena, user: string, worker: Worker): Promise<Meter> {
  const { servers } = arena
  const serverBefore = await serverTotals(arena)
  const requests = await auditReader(arena, user)
  const rendersBefore = await worker.renders?.()
  let workerMiB = 0
  const sample = () => {
    const now = worker.pids().map(readTreeMiB)
    workerMiB = Math.max(
      workerMiB,
      now.reduce((sum, miB) => sum + miB, 0),
    )
  }
  const sampler = setInterval(sample, SAMPLE_MS)
  const before = cpuNow(servers, worker)
  const startedMs = performance.now()

  return {
    requests,
    async end({ deployedAtMs = [], endedAtMs = performance.now() } = {}) {
      const after = cpuNow(servers, worker)
      sample()
      clearInterval(sampler)
      await delay(AUDIT_LAG_MS)
      const all = await requests()
      const writes = all.filter(isWrite)
      const renders = await worker.renders?.()
      const installed = spreadOf(deployedAtMs.map(at => (at - startedMs) / 1000))
      return {
        wallSeconds: (endedAtMs - startedMs) / 1000,
        ...(installed === undefined ? {} : { installed }),
        cpuSeconds: {
          worker: after.worker - before.worker,
          apiserver: after.apiserver - before.apiserver,
          etcd: after.etcd - before.etcd,
        },
        requests: countedBy(all, ({ verb }) => verb),
        requestsBesidesUpkeep: all.filter(request => !isUpkeep(request)).length,
        writes: writes.length,
        writesByResource: countedBy(writes, ({ resource }) => resource),
        listsByResource: countedBy(
          all.filter(({ verb }) => verb === 'list'),
          ({ resource }) => resource,
        ),
        ...(renders === undefined ? {} : { renders: renders - (rendersBefore ?? 0) }),
        helmRequests: all.filter(({ byHelm }) => byHelm).length,
        serverRequests: increase(serverBefore, await serverTotals(arena)),
        peakMiB: { worker: workerMiB, apiserver: readPeakMiB(servers.apiserver), etcd: readPeakMiB(servers.etcd) },
      }
    },
  }
}

/** Reads what a user has asked for since this call. */
export async function auditReader({ auditLog }: Arena, user: string): Promise<Meter['requests']> {
  await delay(AUDIT_LAG_MS)
  return followAudit(auditLog, user)
}

function cpuNow({ apiserver, etcd }: Arena['servers'], worker: Worker) {
  return { worker: worker.cpuSeconds(), apiserver: readCpu(apiserver).own, etcd: readCpu(etcd).own }
}

async function serverTotals({ transport }: Arena): Promise<Record<string, number>> {
  const what = "read the API server's metrics"
  const { body } = await transport.request({ method: 'GET', path: '/metrics', verb: 'get', resource: 'metrics', what })
  return requestTotals(body)
}
