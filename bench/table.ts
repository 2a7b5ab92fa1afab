/** The reports as people read them: one table, on the terminal or in docs/performance.md. Pure. */
import {
  type ContenderFigures,
  type PhaseFigures,
  type PhaseName,
  phaseNames,
  type Report,
  ratioToLimit,
  totalCpu,
} from './figures.ts'

const TITLES: Readonly<Record<PhaseName, string>> = {
  install: 'install',
  upgrade: 'one-value upgrade',
  idle: 'idle',
  restart: 'restart, converged',
}

interface Row {
  readonly phase: PhaseName
  readonly report: Report
  readonly title: string
  readonly figures: PhaseFigures
  readonly limit: PhaseFigures | undefined
}

interface Column {
  readonly title: string
  readonly text: (row: Row) => string
  /** Words stand to the left, numbers to the right. */
  readonly words?: true
}

const COLUMNS: readonly Column[] = [
  { title: 'phase', text: ({ phase }) => TITLES[phase], words: true },
  { title: 'tenants', text: ({ report }) => String(report.tenants) },
  { title: 'contender', text: ({ title }) => title, words: true },
  { title: 'wall s', text: ({ figures }) => short(figures.wallSeconds) },
  { title: 'first', text: ({ figures }) => short(figures.installed?.first) },
  { title: 'median', text: ({ figures }) => short(figures.installed?.median) },
  { title: 'last', text: ({ figures }) => short(figures.installed?.last) },
  { title: 'worker CPU s', text: ({ figures }) => short(figures.cpuSeconds.worker) },
  { title: 'API', text: ({ figures }) => short(figures.cpuSeconds.apiserver) },
  { title: 'etcd', text: ({ figures }) => short(figures.cpuSeconds.etcd) },
  {
    title: 'ms/tenant',
    text: ({ figures, report }) => ((totalCpu(figures.cpuSeconds) * 1000) / report.tenants).toFixed(1),
  },
  { title: '× limit', text: ({ figures, limit }) => short(ratioToLimit(figures.cpuSeconds, limit?.cpuSeconds)) },
  { title: 'requests', text: ({ figures }) => String(sum(figures.requests)) },
  { title: 'writes', text: ({ figures }) => String(figures.writes) },
  { title: 'worker MiB', text: ({ figures }) => figures.peakMiB.worker.toFixed(0) },
  { title: 'API MiB', text: ({ figures }) => figures.peakMiB.apiserver.toFixed(0) },
  { title: 'etcd MiB', text: ({ figures }) => figures.peakMiB.etcd.toFixed(0) },
]

const BY_VERB: Column = {
  title: 'requests by verb',
  text: ({ figures }) =>
    Object.entries(figures.requests)
      .map(([verb, count]) => `${verb} ${count}`)
      .join(', '),
  words: true,
}

export function reportTable(reports: readonly Report[]): string {
  const cells = cellsOf(reports, COLUMNS)
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  const padded = (cell: string, column: number) =>
    COLUMNS[column]?.words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return cells.map(row => row.map(padded).join('  ').trimEnd()).join('\n')
}

export function markdownTable(reports: readonly Report[]): string {
  const columns = [...COLUMNS, BY_VERB]
  const [head = [], ...rows] = cellsOf(reports, columns)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(columns.map(({ words }) => (words ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

export function explanation(reports: readonly Report[]): string {
  const [first] = reports
  return [
    `Idle lasts ${first?.idleSeconds} s.`,
    ...(first?.changedObjects === undefined
      ? []
      : [`The upgrade changes ${first.changedObjects} object(s) of each tenant.`]),
    'No kubelet and no controllers run: first, median and last are the seconds until releases are Deployed, not Ready.',
    'CPU is of the worker with its children (helm), kube-apiserver and etcd. Differences under a third are noise.',
    'The limit writes the same final objects, record, inventory and one status once each, with nothing else.',
    "Requests are the contender's own in the API server's audit log. For helm, a restart is a rerun of all releases.",
    'MiB are peaks: of the worker with its children in that phase, of the servers since they were started.',
    `A bare process of this Node takes ${first?.bareNodeMiB.toFixed(0)} MiB.`,
  ].join('\n')
}

/** By phase, then by the number of tenants, then by contender, so that what is compared stands side by side. */
function cellsOf(reports: readonly Report[], columns: readonly Column[]): string[][] {
  const rows = phaseNames.flatMap(phase =>
    reports.flatMap(report => report.contenders.flatMap(contender => rowsOf(report, phase, contender))),
  )
  return [columns.map(({ title }) => title), ...rows.map(row => columns.map(({ text }) => text(row)))]
}

function rowsOf(report: Report, phase: PhaseName, { title, phases }: ContenderFigures): Row[] {
  const figures = phases[phase]
  const limit = report.contenders.find(({ contender }) => contender === 'limit')?.phases[phase]
  return figures === undefined ? [] : [{ phase, report, title, figures, limit }]
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function short(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 1)
}
