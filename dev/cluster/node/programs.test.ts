import { expect, test } from 'vitest'
import { nodePrograms } from './programs.ts'

const { first, clients } = nodePrograms({
  name: 'demo',
  stateDir: '/run/demo',
  lower: [],
  programs: {
    etcd: '/bin/etcd',
    'kube-apiserver': '/bin/kube-apiserver',
    'kube-controller-manager': '/bin/kube-controller-manager',
    'kube-scheduler': '/bin/kube-scheduler',
    kubelet: '/bin/kubelet',
    'kube-proxy': '/bin/kube-proxy',
  },
})

test('what needs the API server starts after it', () => {
  expect(first.map(({ name }) => name)).toEqual(['containerd', 'etcd', 'kube-apiserver'])
  expect(clients.map(({ name }) => name)).toEqual([
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
  ])
})

test('every program ends with the node and logs to a file of its own', () => {
  for (const { name, diesWithUs, logFile, folder } of [...first, ...clients])
    expect({ diesWithUs, logFile, folder }).toEqual({
      diesWithUs: true,
      logFile: `/run/demo/log/${name}.log`,
      folder: '/',
    })
})

test('no argument carries a key: they are all in files', () => {
  const args = [...first, ...clients].flatMap(program => program.args)
  expect(args.filter(arg => arg.includes('PRIVATE KEY'))).toEqual([])
  expect(args).toContain('--kubeconfig=/run/demo/config/kubelet.kubeconfig')
})
