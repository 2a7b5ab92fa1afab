import { expect, test } from 'vitest'
import { buildFlags, executableName } from './go-build.ts'
import { isNewEnough } from './go-toolchain.ts'
import { tools } from './tools.ts'

test('programs are told their version by the linker', () => {
  expect(buildFlags(tools['kube-apiserver'].module)).toEqual([
    '-mod=mod',
    '-trimpath',
    '-ldflags',
    '-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36',
  ])
  expect(buildFlags(tools.etcd.module)).toEqual(['-mod=mod', '-trimpath', '-ldflags', '-s -w'])
})

test('what a program can do without is left out by tags', () => {
  expect(buildFlags({ linkerVariables: {}, tags: ['a', 'b'] })).toEqual([
    ...['-mod=mod', '-trimpath', '-tags', 'a,b', '-ldflags', '-s -w'],
  ])
})

test('Go names programs after packages, not after major versions', () => {
  expect(Object.values(tools).map(tool => executableName(tool.package))).toEqual([
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'kubectl',
    'server',
    'helm',
    'manager',
    'coredns',
    'traefik',
    'kind',
    'cyclonus',
    'registry',
    'promtool',
  ])
})

test('an older Go is not used, a newer one is', () => {
  const texts = [
    'go version go1.25.9 linux/amd64',
    'go version go1.26.0 linux/arm64',
    'go version go2.0 x',
    'zsh: no go',
  ]
  expect(texts.map(text => isNewEnough(text))).toEqual([false, true, true, false])
})
