import { expect, test } from 'vitest'
import { parseProxy, proxyFromEnvironment } from './proxy.ts'

test.each([
  ['http://proxy:3128', { address: 'http://proxy:3128' }],
  ['proxy:3128', { address: 'http://proxy:3128' }],
  ['https://proxy', { address: 'https://proxy' }],
  [
    'http://ada:p%40ss@proxy:3128/',
    { address: 'http://proxy:3128', authorization: `Basic ${Buffer.from('ada:p@ss').toString('base64')}` },
  ],
  ['socks5://proxy:1080', undefined],
  ['http://', undefined],
])('%s', (text, expected) => {
  expect(parseProxy(text)).toEqual(expected)
})

const PROXY = 'http://proxy:3128'

test.each([
  ['https://10.96.0.1:443', '', true],
  ['https://10.96.0.1:443', '10.96.0.0/16', false],
  ['https://10.97.0.1:443', '10.96.0.0/16', true],
  ['https://10.96.0.1', '10.96.0.1:443', false],
  ['https://10.96.0.1', '10.96.0.1:6443', true],
  ['https://[fd00::1]:6443', 'fd00::/8', false],
  ['https://[fd00::1]:6443', '10.0.0.0/8', true],
  ['https://api.example.com:6443', 'example.com', false],
  ['https://example.com:6443', 'example.com', false],
  ['https://example.com:6443', '.example.com', true],
  ['https://api.example.com:6443', 'other.org, *.example.com', false],
  ['https://myexample.com', 'example.com', true],
  ['https://api.example.com:6443', 'example.com:443', true],
  ['https://api.example.com', '*', false],
  ['https://api.example.com', '10.0.0.0/99,,nonsense/8', true],
  ['https://127.0.0.1:6443', '', false],
  ['https://[::1]:6443', '', false],
  ['https://localhost:6443', '', false],
])('%s with NO_PROXY=%s goes through the proxy: %s', (server, noProxy, expected) => {
  const lower = { https_proxy: PROXY, no_proxy: noProxy }
  const upper = { HTTPS_PROXY: PROXY, NO_PROXY: noProxy, https_proxy: 'http://other' }
  for (const environment of [lower, upper]) {
    expect(proxyFromEnvironment(server, environment)).toBe(expected ? PROXY : undefined)
  }
})

test('without HTTPS_PROXY there is none', () => {
  expect(proxyFromEnvironment('https://api.example.com', { HTTP_PROXY: PROXY, HTTPS_PROXY: '' })).toBeUndefined()
})
