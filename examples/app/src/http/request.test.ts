import { expect, test } from 'vitest'
import { clientAddress, parseUrl } from './request.ts'

test('a client is known by what the nearest proxy wrote, not by what it says itself', () => {
  expect(clientAddress('1.2.3.4, 10.0.0.9', '10.244.0.5')).toBe('10.0.0.9')
  expect(clientAddress(['1.2.3.4', '10.0.0.9'], '10.244.0.5')).toBe('10.0.0.9')
  expect(clientAddress(undefined, '10.244.0.5')).toBe('10.244.0.5')
  expect(clientAddress('', undefined)).toBe('unknown')
})

test('a path never names another host', () => {
  expect(parseUrl('//evil.example/api').pathname).toBe('//evil.example/api')
  expect(() => parseUrl(':no-port')).toThrow('cannot be read')
})
