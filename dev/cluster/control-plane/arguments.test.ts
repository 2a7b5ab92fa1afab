import { expect, test } from 'vitest'
import { apiserverArgs } from './apiserver.ts'
import { controllerManagerArgs } from './controller-manager.ts'
import { etcdArgs } from './etcd.ts'
import { pkiFiles } from './pki.ts'
import { schedulerArgs } from './scheduler.ts'

const pki = pkiFiles('/s/pki')
const apiserver = {
  bindAddress: '127.0.0.1',
  port: 6443,
  serviceRange: '10.96.0.0/16',
  etcdUrl: 'unix://etcd:0',
  pki,
  auditPolicyFile: '/s/audit-policy.yaml',
  auditLogFile: '/s/log/audit.log',
}
const always = [
  '--bind-address=127.0.0.1',
  '--secure-port=6443',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--etcd-servers=unix://etcd:0',
  '--tls-cert-file=/s/pki/apiserver.crt',
  '--tls-private-key-file=/s/pki/apiserver.key',
  '--client-ca-file=/s/pki/ca.crt',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-account-key-file=/s/pki/service-accounts.pub',
  '--service-account-signing-key-file=/s/pki/service-accounts.key',
  '--authorization-mode=Node,RBAC',
  '--allow-privileged=true',
  '--audit-policy-file=/s/audit-policy.yaml',
  '--audit-log-path=/s/log/audit.log',
  '--audit-log-maxsize=512',
  '--audit-log-maxbackup=1',
]

test('an API server that no pod can reach does not publish its address', () => {
  expect(apiserverArgs(apiserver).toSorted()).toEqual(
    [...always, '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'].toSorted(),
  )
})

test('an API server with kubelets confines them and reaches them by their addresses', () => {
  expect(apiserverArgs({ ...apiserver, advertiseAddress: '10.244.0.1', kubelets: true }).toSorted()).toEqual(
    [
      ...always,
      '--advertise-address=10.244.0.1',
      '--enable-admission-plugins=NodeRestriction',
      '--kubelet-certificate-authority=/s/pki/ca.crt',
      '--kubelet-client-certificate=/s/pki/admin.crt',
      '--kubelet-client-key=/s/pki/admin.key',
      '--kubelet-preferred-address-types=InternalIP',
    ].toSorted(),
  )
})

test('etcd has one member', () => {
  expect(etcdArgs({ dataDir: '/s/etcd', clientUrl: 'unix://etcd:0', peerUrl: 'http://127.0.0.1:0' })).toEqual([
    '--name=tenantry',
    '--data-dir=/s/etcd',
    '--listen-client-urls=unix://etcd:0',
    '--advertise-client-urls=unix://etcd:0',
    '--listen-peer-urls=http://127.0.0.1:0',
    '--initial-advertise-peer-urls=http://127.0.0.1:0',
    '--initial-cluster=tenantry=http://127.0.0.1:0',
    '--unsafe-no-fsync=true',
    '--log-level=warn',
  ])
})

const controllers = [
  '--kubeconfig=/s/kubeconfig',
  '--root-ca-file=/s/pki/ca.crt',
  '--service-account-private-key-file=/s/pki/service-accounts.key',
  '--cluster-signing-cert-file=/s/pki/ca.crt',
  '--cluster-signing-key-file=/s/pki/ca.key',
  '--use-service-account-credentials=true',
  '--leader-elect=false',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
]

test('the controllers listen where they are told, else nowhere', () => {
  expect(controllerManagerArgs({ kubeconfig: '/s/kubeconfig', pki })).toEqual([...controllers, '--secure-port=0'])
  const listen = { address: '10.244.0.1', port: 10257 }
  expect(controllerManagerArgs({ kubeconfig: '/s/kubeconfig', pki, listen, podRange: '10.244.0.0/16' })).toEqual([
    ...controllers,
    '--bind-address=10.244.0.1',
    '--secure-port=10257',
    '--allocate-node-cidrs=true',
    '--cluster-cidr=10.244.0.0/16',
  ])
})

test('so does the scheduler', () => {
  const args = ['--kubeconfig=/s/kubeconfig', '--leader-elect=false']
  expect(schedulerArgs({ kubeconfig: '/s/kubeconfig' })).toEqual([...args, '--secure-port=0'])
  expect(schedulerArgs({ kubeconfig: '/s/kubeconfig', listen: { address: '127.0.0.1', port: 10259 } })).toEqual([
    ...args,
    '--bind-address=127.0.0.1',
    '--secure-port=10259',
  ])
})
