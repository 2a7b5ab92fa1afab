/** What test runs ended with, added up and put into words. Runs nothing. */

/** A run of vitest as `test-reporter.ts` writes it down. */
export interface TestReport {
  passed: number
  failed: Outcome[]
  skipped: Outcome[]
  /** Passed, but only when they ran again; why they failed at first. */
  repeated: Outcome[]
}

export interface Outcome {
  /** Project, file and test: `unit › src/plan/names.test.ts › a long name is cut`. */
  name: string
  why: string
}

const linesOfWhy = 12

export function mergeReports(reports: readonly TestReport[]): TestReport {
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.flatMap(({ failed }) => failed),
    skipped: reports.flatMap(({ skipped }) => skipped),
    repeated: reports.flatMap(({ repeated }) => repeated),
  }
}

/**
 * A run that broke off counts as failed, however many tests passed before: without a report it crashed, and with an
 * exit code other than 0 it knows of a failure that no test stands for.
 */
export function reportOfRun(run: string, report: TestReport | undefined, exit: string | undefined): TestReport {
  if (report === undefined) return broken(run, `it ended without a report (${exit ?? 'exit code 0'})`)
  if (exit === undefined || report.failed.length > 0) return report
  return mergeReports([report, broken(run, `every test passed, and yet it ended with ${exit}`)])
}

/** Every failure, every reason for a skip and every second try, and as the last line nothing but the numbers. */
export function summaryLines({ passed, failed, skipped, repeated }: TestReport): string[] {
  const lines = [
    ...failed.flatMap(({ name, why }) => [`✗ ${name}`, ...indented(why)]),
    ...skipped.map(({ name, why }) => `- skipped: ${name}: ${why}`),
    ...repeated.flatMap(({ name, why }) => [`~ passed at the second try: ${name}`, ...indented(why)]),
  ]
  const numbers = [`${passed} passed`, `${failed.length} failed`]
  if (skipped.length > 0) numbers.push(`${skipped.length} skipped`)
  return [...lines, numbers.join(', ')]
}

function broken(run: string, why: string): TestReport {
  return { passed: 0, failed: [{ name: run, why }], skipped: [], repeated: [] }
}

function indented(why: string): string[] {
  const lines = why.split('\n').filter(line => line.trim() !== '')
  const shown = lines.slice(0, linesOfWhy).map(line => `    ${line}`)
  return lines.length > linesOfWhy ? [...shown, `    … ${lines.length - linesOfWhy} more lines above`] : shown
}
