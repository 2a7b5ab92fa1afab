/** What a phase has cost, and how that compares. Pure. */

export const phaseNames = ['install', 'upgrade', 'idle', 'restart'] as const
export type PhaseName = (typeof phaseNames)[number]

export interface PhaseFigures {
  readonly wallSeconds: number
  /** Seconds from the start of the phase until releases were Deployed; absent where nothing is. */
  readonly installed?: Spread
  readonly cpuSeconds: CpuFigures
  /** Of the contender alone, by verb, watches and leases included. */
  readonly requests: Readonly<Record<string, number>>
  /** Of the contender alone, without watches and leases. */
  readonly requestsBesidesUpkeep: number
  readonly writes: number
  readonly writesByResource: Readonly<Record<string, number>>
  readonly listsByResource: Readonly<Record<string, number>>
  /** Charts rendered, whatever rendered them; absent where nobody counts. */
  readonly renders?: number
  /** Requests that helm itself sent. */
  readonly helmRequests: number
  /** Whoever sent them, by the API server's own verbs. */
  readonly serverRequests: Readonly<Record<string, number>>
  readonly peakMiB: { readonly worker: number; readonly apiserver: number; readonly etcd: number }
}

export interface CpuFigures {
  /** With its children, such as helm. */
  readonly worker: number
  readonly apiserver: number
  readonly etcd: number
}

export interface Spread {
  readonly first: number
  readonly median: number
  readonly last: number
}

export interface ContenderFigures {
  readonly contender: string
  readonly title: string
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseFigures>>>
}

export interface Report {
  readonly tenants: number
  readonly idleSeconds: number
  /** What a process of the same Node takes that does nothing. */
  readonly bareNodeMiB: number
  /** Objects of one tenant that the one-value upgrade changes; known where the limit takes part. */
  readonly changedObjects?: number
  readonly contenders: readonly ContenderFigures[]
}

export function totalCpu({ worker, apiserver, etcd }: CpuFigures): number {
  return worker + apiserver + etcd
}

/** undefined where the limit does nothing, so that there is nothing to compare with. */
export function ratioToLimit(cpu: CpuFigures, limit: CpuFigures | undefined): number | undefined {
  const least = limit === undefined ? 0 : totalCpu(limit)
  return least === 0 ? undefined : totalCpu(cpu) / least
}

export function spreadOf(seconds: readonly number[]): Spread | undefined {
  const sorted = [...seconds].sort((a, b) => a - b)
  const [first] = sorted
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  const last = sorted.at(-1)
  return first === undefined || median === undefined || last === undefined ? undefined : { first, median, last }
}
