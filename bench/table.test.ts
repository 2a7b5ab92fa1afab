import { expect, test } from 'vitest'
import type { PhaseFigures } from './figures.ts'
import { reportTable } from './table.ts'

function figures(worker: number): PhaseFigures {
  return {
    wallSeconds: 12.34,
    installed: { first: 0.5, median: 6, last: 12 },
    cpuSeconds: { worker, apiserver: 1, etcd: 1 },
    requests: { patch: 10, get: 5 },
    requestsBesidesUpkeep: 15,
    writes: 10,
    writesByResource: { deployments: 10 },
    helmRequests: 0,
    serverRequests: {},
    peakMiB: { worker: 80.4, apiserver: 300, etcd: 50 },
  }
}

test('phases stand one below the other, with the ratio of each contender to the limit', () => {
  const { installed: _, ...idle } = figures(0)
  const report = {
    tenants: 10,
    idleSeconds: 60,
    changedObjects: 1,
    contenders: [
      { contender: 'limit', title: 'limit', phases: { install: figures(0) } },
      { contender: 'tenantry', title: 'tenantry', phases: { install: figures(3), idle } },
    ],
  }
  expect(reportTable(report)).toBe(
    [
      'phase    contender  wall s  first  median  last  worker CPU s   API  etcd  ms/tenant  × limit  requests  writes  worker MiB  API MiB',
      'install  limit        12.3   0.50    6.00  12.0          0.00  1.00  1.00      200.0     1.00        15      10          80      300',
      'install  tenantry     12.3   0.50    6.00  12.0          3.00  1.00  1.00      500.0     2.50        15      10          80      300',
      'idle     tenantry     12.3      –       –     –          0.00  1.00  1.00      200.0        –        15      10          80      300',
    ].join('\n'),
  )
})
