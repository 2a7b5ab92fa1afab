import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { containerdConfig } from './containerd.ts'
import { kubeProxyConfig } from './kube-proxy.ts'
import { kubeletConfig } from './kubelet.ts'
import { cniConfig, networkCommands } from './network.ts'

test('containerd knows the pause image, the CNI folder and that it may not raise its importance', () => {
  const config = containerdConfig({ pauseImage: 'tenantry.local/pause:1', cniFolder: '/run/demo/config/cni' })
  expect(config.split('\n').filter(line => /sandbox_image|conf_dir|restrict_oom|SystemdCgroup/.test(line))).toEqual([
    'sandbox_image = "tenantry.local/pause:1"',
    'restrict_oom_score_adj = true',
    'conf_dir = "/run/demo/config/cni"',
    'SystemdCgroup = false',
  ])
})

test('kubelet runs with cgroup version 1 or 2, and never evicts for lack of disk', () => {
  const certificate = { certificate: '/pki/kubelet.crt', key: '/pki/kubelet.key' }
  const config = parse(kubeletConfig({ authority: '/pki/ca.crt', certificate, resolvConf: '/etc/resolv.conf' }))
  expect(config).toMatchObject({
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/pki/ca.crt' } },
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    clusterDNS: ['10.96.0.10'],
    evictionHard: { 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
  })
})

test("kube-proxy leaves the size of the machine's connection table alone", () => {
  expect(parse(kubeProxyConfig({ kubeconfig: '/kubeconfig', nodeName: 'n' }))).toMatchObject({
    mode: 'iptables',
    hostnameOverride: 'n',
    conntrack: { maxPerCore: 0, min: 0 },
  })
})

test('pods are routed to, and the node has no interface but its loopback', () => {
  expect(JSON.parse(cniConfig()).plugins.map((plugin: { type: string }) => plugin.type)).toEqual(['ptp'])
  expect(networkCommands()).toEqual([
    ['link', 'set', 'lo', 'up'],
    ['address', 'add', '10.244.0.1/32', 'dev', 'lo'],
    ['route', 'add', '10.96.0.0/16', 'dev', 'lo', 'src', '10.244.0.1'],
  ])
})
