import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseVmid } from './machine-vmid.ts'

const range = { first: 10_000, last: 19_999 }

test('the same machine gets the same id wherever it is asked for', () => {
  const wish = { tenantUid: 'e7d3', name: 'app' }
  expect(chooseVmid(wish, range, new Set())).toBe(chooseVmid({ ...wish }, range, new Set()))
  expect(chooseVmid(wish, range, new Set())).not.toBe(chooseVmid({ ...wish, name: 'db' }, range, new Set()))
})

test('200 tenants that nobody tells of each other seldom choose the same', () => {
  const chosen = Array.from({ length: 200 }, (_, i) => chooseVmid({ tenantUid: `${i}`, name: 'app' }, range, new Set()))
  expect(new Set(chosen).size).toBeGreaterThan(190)
})

test('an id of the range that is free is found as long as there is one, the lost one last', () => {
  const small = { first: 100, last: 120 }
  const taken = fc.uniqueArray(fc.integer({ min: 90, max: 130 }))
  fc.assert(
    fc.property(
      taken,
      fc.option(fc.integer({ min: 90, max: 130 }), { nil: undefined }),
      fc.string(),
      (ids, lost, name) => {
        const vmid = chooseVmid({ tenantUid: 'e7d3', name, lost }, small, new Set(ids))
        const free = Array.from({ length: 21 }, (_, i) => 100 + i).filter(id => !ids.includes(id))
        expect(vmid === undefined ? free : free.includes(vmid)).toEqual(vmid === undefined ? [] : true)
        if (vmid !== undefined && vmid === lost) expect(free).toEqual([lost])
      },
    ),
  )
})
