import { expect, test } from 'vitest'
import { ratioToLimit, spreadOf, totalCpu } from './figures.ts'

test('the total is of worker, API server and etcd', () => {
  expect(totalCpu({ worker: 1, apiserver: 2, etcd: 0.5 })).toBe(3.5)
})

test('a ratio is to the total of the limit, and there is none to nothing', () => {
  const limit = { worker: 0.5, apiserver: 1, etcd: 0.5 }
  expect(ratioToLimit({ worker: 3, apiserver: 1, etcd: 1 }, limit)).toBe(2.5)
  expect(ratioToLimit(limit, undefined)).toBeUndefined()
  expect(ratioToLimit(limit, { worker: 0, apiserver: 0, etcd: 0 })).toBeUndefined()
})

test('first, median and last do not depend on the order', () => {
  expect(spreadOf([3, 1, 2, 10])).toEqual({ first: 1, median: 2, last: 10 })
  expect(spreadOf([])).toBeUndefined()
})
