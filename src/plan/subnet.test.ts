import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseAddress, machineAddress, subnetOf } from './subnet.ts'

test('a tag has the network of its number', () => {
  expect(subnetOf('10.64.0.0/12', 110)).toEqual({ cidr: '10.64.110.0/24', gateway: '10.64.110.1' })
  expect(subnetOf('10.64.0.0/12', 4094)).toEqual({ cidr: '10.79.254.0/24', gateway: '10.79.254.1' })
  expect(subnetOf('192.168.7.0/24', 0)).toEqual({ cidr: '192.168.7.0/24', gateway: '192.168.7.1' })
})

test('a tag beyond the end of the base has none', () => {
  expect(subnetOf('10.0.0.0/16', 255)?.cidr).toBe('10.0.255.0/24')
  expect(subnetOf('10.0.0.0/16', 256)).toBeUndefined()
})

test('machines get addresses behind those of the administrator, as many as there are', () => {
  const subnet = { cidr: '10.64.110.0/24', gateway: '10.64.110.1' }
  expect([0, 244, 245].map(index => machineAddress(subnet, index))).toEqual([
    '10.64.110.10',
    '10.64.110.254',
    undefined,
  ])
})

test('a machine gets the lowest address that nobody has, until there is none', () => {
  const subnet = { cidr: '10.64.110.0/24', gateway: '10.64.110.1' }
  expect(chooseAddress(subnet, ['10.64.110.10', '10.64.110.12', '10.64.111.11'])).toBe('10.64.110.11')
  const all = Array.from({ length: 245 }, (_, index) => machineAddress(subnet, index) ?? '')
  expect(chooseAddress(subnet, all)).toBeUndefined()
})

test('no two tags share a network', () => {
  const tag = fc.integer({ min: 1, max: 65_535 })
  fc.assert(
    fc.property(tag, tag, (a, b) => {
      fc.pre(a !== b)
      expect(subnetOf('10.0.0.0/8', a)?.cidr).not.toBe(subnetOf('10.0.0.0/8', b)?.cidr)
    }),
  )
})
