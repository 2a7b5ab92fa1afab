/** The report as people read it. Pure. */
import { type PhaseName, phaseNames, type Report, ratioToLimit, totalCpu } from './figures.ts'

const TITLES: Readonly<Record<PhaseName, string>> = {
  install: 'install',
  upgrade: 'one-value upgrade',
  idle: 'idle',
  restart: 'restart, converged',
}

const HEAD = [
  'phase',
  'contender',
  'wall s',
  'first',
  'median',
  'last',
  'worker CPU s',
  'API',
  'etcd',
  'ms/tenant',
  '× limit',
  'requests',
  'writes',
  'worker MiB',
  'API MiB',
] as const

/** Columns that are words; the others are numbers and stand to the right. */
const WORDS = 2

export function reportTable(report: Report): string {
  const rows = phaseNames.flatMap(phase => rowsOf(report, phase))
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column < WORDS ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(HEAD), ...rows.map(line)].join('\n')
}

export function explanation({ tenants, idleSeconds, changedObjects }: Report): string {
  return [
    `${tenants} tenants; idle lasts ${idleSeconds} s.`,
    ...(changedObjects === undefined ? [] : [`The upgrade changes ${changedObjects} object(s) of each tenant.`]),
    'No kubelet and no controllers run: first, median and last are the seconds until releases are Deployed, not Ready.',
    'CPU is of the worker with its children (helm), kube-apiserver and etcd. Differences under a third are noise.',
    'The limit writes the same final objects, record, inventory and one status once each, with nothing else.',
    "Requests are the contender's own in the API server's audit log. For helm, a restart is a rerun of all releases.",
  ].join('\n')
}

function rowsOf({ tenants, contenders }: Report, phase: PhaseName): string[][] {
  const limit = contenders.find(({ contender }) => contender === 'limit')?.phases[phase]
  return contenders.flatMap(({ title, phases }) => {
    const figures = phases[phase]
    if (figures === undefined) return []
    const { wallSeconds, installed, cpuSeconds, requests, writes, peakMiB } = figures
    return [
      [
        TITLES[phase],
        title,
        short(wallSeconds),
        short(installed?.first),
        short(installed?.median),
        short(installed?.last),
        short(cpuSeconds.worker),
        short(cpuSeconds.apiserver),
        short(cpuSeconds.etcd),
        ((totalCpu(cpuSeconds) * 1000) / tenants).toFixed(1),
        short(ratioToLimit(cpuSeconds, limit?.cpuSeconds)),
        String(Object.values(requests).reduce((sum, count) => sum + count, 0)),
        String(writes),
        peakMiB.worker.toFixed(0),
        peakMiB.apiserver.toFixed(0),
      ],
    ]
  })
}

function short(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 1)
}
