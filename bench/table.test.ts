import { expect, test } from 'vitest'
import type { PhaseFigures } from './figures.ts'
import { markdownTable, reportTable } from './table.ts'

function figures(worker: number): PhaseFigures {
  return {
    wallSeconds: 12.34,
    installed: { first: 0.5, median: 6, last: 12 },
    cpuSeconds: { worker, apiserver: 1, etcd: 1 },
    requests: { patch: 10, get: 5 },
    requestsBesidesUpkeep: 15,
    writes: 10,
    writesByResource: { deployments: 10 },
    listsByResource: {},
    helmRequests: 0,
    serverRequests: {},
    peakMiB: { worker: 80.4, apiserver: 300, etcd: 50 },
  }
}

const { installed: _, ...idle } = figures(0)
const common = { idleSeconds: 60, bareNodeMiB: 45 }
const reports = [
  {
    ...common,
    tenants: 10,
    contenders: [
      { contender: 'limit', title: 'limit', phases: { install: figures(0) } },
      { contender: 'tenantry', title: 'tenantry', phases: { install: figures(3), idle } },
    ],
  },
  {
    ...common,
    tenants: 1000,
    contenders: [{ contender: 'tenantry', title: 'tenantry', phases: { install: figures(8) } }],
  },
]

test('runs with more and fewer tenants stand side by side, by phase, each with its ratio to the limit', () => {
  expect(reportTable(reports)).toBe(
    [
      'phase    tenants  contender  wall s  first  median  last  worker CPU s   API  etcd  ms/tenant  × limit  requests  writes  worker MiB  API MiB  etcd MiB',
      'install       10  limit        12.3   0.50    6.00  12.0          0.00  1.00  1.00      200.0     1.00        15      10          80      300        50',
      'install       10  tenantry     12.3   0.50    6.00  12.0          3.00  1.00  1.00      500.0     2.50        15      10          80      300        50',
      'install     1000  tenantry     12.3   0.50    6.00  12.0          8.00  1.00  1.00       10.0        –        15      10          80      300        50',
      'idle          10  tenantry     12.3      –       –     –          0.00  1.00  1.00      200.0        –        15      10          80      300        50',
    ].join('\n'),
  )
})

test('in the documentation the same table has the requests by verb too', () => {
  const [head, line, first] = markdownTable(reports).split('\n')
  expect(head).toMatch(/^\| phase \| tenants \| contender \| wall s \|.*\| etcd MiB \| requests by verb \|$/)
  expect(line).toMatch(/^\| --- \| ---: \| --- \| ---: \|/)
  expect(first).toMatch(/^\| install \| 10 \| limit \| 12\.3 \|.*\| 50 \| patch 10, get 5 \|$/)
})
