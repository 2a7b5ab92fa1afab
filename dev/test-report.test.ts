import { expect, test } from 'vitest'
import { mergeReports, reportOfRun, summaryLines, type TestReport } from './test-report.ts'

const green: TestReport = { passed: 3, failed: [], skipped: [], repeated: [] }
const red: TestReport = { passed: 1, failed: [{ name: 'unit › a', why: 'expected 1' }], skipped: [], repeated: [] }

test('the last line has nothing but the numbers, and skips only where there are some', () => {
  expect(summaryLines(green)).toEqual(['3 passed, 0 failed'])
  expect(
    summaryLines(
      mergeReports([green, red, { passed: 0, failed: [], skipped: [{ name: 'e2e', why: 'no root' }], repeated: [] }]),
    ),
  ).toEqual(['✗ unit › a', '    expected 1', '- skipped: e2e: no root', '4 passed, 1 failed, 1 skipped'])
})

test('a test that passed at its second try is named, with what it failed on', () => {
  const shaky = { ...green, repeated: [{ name: 'integration › a', why: 'expected 1' }] }
  expect(summaryLines(mergeReports([red, shaky])).slice(2)).toEqual([
    '~ passed at the second try: integration › a',
    '    expected 1',
    '4 passed, 1 failed',
  ])
})

test('a run that leaves no report has failed', () => {
  expect(reportOfRun('e2e', undefined, 'exit code 1')).toEqual({
    passed: 0,
    failed: [{ name: 'e2e', why: 'it ended without a report (exit code 1)' }],
    skipped: [],
    repeated: [],
  })
  expect(reportOfRun('e2e', undefined, undefined).failed).toHaveLength(1)
})

test('a run that exits badly has failed, though each of its tests passed', () => {
  expect(reportOfRun('unit', green, 'exit code 1').failed).toEqual([
    { name: 'unit', why: 'every test passed, and yet it ended with exit code 1' },
  ])
  expect(reportOfRun('unit', red, 'exit code 1')).toEqual(red)
  expect(reportOfRun('unit', green, undefined)).toEqual(green)
})

test('a long explanation is cut', () => {
  const why = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n')
  expect(summaryLines({ passed: 0, failed: [{ name: 'a', why }], skipped: [], repeated: [] }).slice(-3)).toEqual([
    '    line 11',
    '    … 8 more lines above',
    '0 passed, 1 failed',
  ])
})
