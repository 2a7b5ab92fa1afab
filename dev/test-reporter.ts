/** Vitest loads this: writes what a run ended with to the file that the environment names. */

import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { Outcome, TestReport } from './test-report.ts'

export const reportVariable = 'TENANTRY_TEST_REPORT'

export default class ReportToFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly ErrorLike[]): void {
    const file = process.env[reportVariable]
    if (file === undefined) throw new Error(`${reportVariable} names no file`)
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const report: TestReport = {
      passed: tests.filter(test => test.result().state === 'passed').length,
      failed: [
        ...tests.flatMap(failedTest),
        ...modules.flatMap(failedOutsideTests),
        ...unhandled.map(error => ({ name: 'unhandled error', why: textOf([error]) })),
      ],
      skipped: tests.flatMap(skippedTest),
      repeated: tests.flatMap(repeatedTest),
    }
    writeFileSync(file, JSON.stringify(report))
  }
}

interface ErrorLike {
  message?: string
  stack?: string
  diff?: string
}

function failedTest(test: TestCase): Outcome[] {
  const result = test.result()
  // Of a run that broke off, what had not ended yet.
  if (result.state === 'pending') return [{ name: nameOf(test.module, test.fullName), why: 'it did not end' }]
  return result.state === 'failed' ? [{ name: nameOf(test.module, test.fullName), why: textOf(result.errors) }] : []
}

function skippedTest(test: TestCase): Outcome[] {
  const result = test.result()
  if (result.state !== 'skipped') return []
  return [{ name: nameOf(test.module, test.fullName), why: result.note ?? 'no reason is given' }]
}

function repeatedTest(test: TestCase): Outcome[] {
  if (test.diagnostic()?.flaky !== true) return []
  return [{ name: nameOf(test.module, test.fullName), why: textOf(test.result().errors ?? []) }]
}

/** A file that does not load, or hooks around its tests that fail. */
function failedOutsideTests(module: TestModule): Outcome[] {
  const suites = [...module.children.allSuites()].filter(suite => suite.errors().length > 0)
  return [
    ...(module.errors().length > 0 ? [{ name: nameOf(module), why: textOf(module.errors()) }] : []),
    ...suites.map(suite => ({ name: nameOf(module, suite.fullName), why: textOf(suite.errors()) })),
  ]
}

function nameOf(module: TestModule, test?: string): string {
  const file = relative(process.cwd(), module.moduleId)
  return [module.project.name, file, ...(test === undefined ? [] : [test])].join(' › ')
}

function textOf(errors: readonly ErrorLike[]): string {
  const text = errors
    .map(({ message, stack, diff }) => [message ?? stack ?? 'no message', diff ?? ''].join('\n'))
    .join('\n')
  return stripVTControlCharacters(text)
}
