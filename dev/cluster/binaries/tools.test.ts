import { expect, test } from 'vitest'
import { assetFor } from './release.ts'
import { type Tool, tools } from './tools.ts'

const platform = { os: 'linux', arch: 'arm64' }
const all: [string, Tool][] = Object.entries(tools)

test('assets are named after version and platform', () => {
  const etcd = assetFor(tools.etcd.release, 'v3.6.8', platform)
  expect(etcd).toEqual({
    url: 'https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-arm64.tar.gz',
    checksumUrl: 'https://github.com/etcd-io/etcd/releases/download/v3.6.8/SHA256SUMS',
    member: 'etcd-v3.6.8-linux-arm64/etcd',
  })
  expect(assetFor(tools.coredns.release, 'v1.12.4', platform).url).toBe(
    'https://github.com/coredns/coredns/releases/download/v1.12.4/coredns_1.12.4_linux_arm64.tgz',
  )
})

test.each(all)('%s leaves no placeholder open and comes over TLS', (_name, tool) => {
  if (tool.release === undefined) return
  const asset = assetFor(tool.release, tool.version, platform)
  expect(Object.values(asset).join(' ')).not.toMatch(/[{}]/)
  expect([asset.url, asset.checksumUrl].map(url => new URL(url).protocol)).toEqual(['https:', 'https:'])
})

test('the module of Prometheus counts otherwise than its releases', () => {
  expect([tools.promtool.version, tools.promtool.module.version]).toEqual(['v3.15.0', 'v0.315.0'])
})

test('the servers know which minor version they are', () => {
  expect(tools['kube-apiserver'].module.linkerVariables).toEqual({
    'k8s.io/component-base/version.gitVersion': 'v1.36.3',
    'k8s.io/component-base/version.gitMajor': '1',
    'k8s.io/component-base/version.gitMinor': '36',
  })
  expect(tools['kube-apiserver'].module.stagingVersion).toBe('v0.36.3')
})
