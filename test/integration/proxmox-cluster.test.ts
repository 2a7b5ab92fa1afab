/** A ProxmoxCluster in a real API server, watched by the operator, before a simulated Proxmox VE. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProxmoxClusterStatus } from '../../src/crds/proxmox-cluster-status.ts'
import { CLUSTER_FINALIZER, FINALIZER } from '../../src/plan/names.ts'
import { administer, preparedProxmox } from '../make/prepared-proxmox.ts'
import { MANIFEST_SPEC } from '../make/proxmox-cluster.ts'
import { makeSpec } from '../make/tenant.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'

const SYSTEM = 'tenantry-system'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('proxmox-cluster')
  await environment.startOperator({ kubeconfig: await environment.operatorKubeconfig() })
})
afterAll(() => environment?.stop())

const found = () => environment.get('pxc', 'proxmox')

test('a cluster is found without its Secret, then with a token that lacks a right, then Ready', async () => {
  // Of a first try on a machine that was too busy.
  await environment.kubectl(['delete', 'pxc/proxmox', 'secret/proxmox-token', '-n', SYSTEM, '--ignore-not-found'])
  const { server, root, token } = await preparedProxmox()
  await root.data('PUT', '/access/roles/TenantryRealm')
  const spec = { ...MANIFEST_SPEC, endpoints: server.urls, tls: { fingerprints: [server.fingerprint] } }
  await environment.apply({
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'ProxmoxCluster',
    metadata: { name: 'proxmox' },
    spec,
  })
  await eventually(found, cluster => conditionsOf(cluster).Ready === 'False CredentialsMissing')

  const metadata = { name: 'proxmox-token', namespace: SYSTEM }
  const stringData = { tokenId: token.id, tokenSecret: token.secret }
  await environment.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  const lacking = await eventually(found, cluster => conditionsOf(cluster).Ready === 'False MissingRights')
  const { missingRights = [] } = (lacking?.status ?? {}) as ProxmoxClusterStatus
  expect(missingRights).toMatchObject([{ path: '/access/realm/pve', privileges: ['Realm.AllocateUser'] }])

  await administer(root, missingRights[0]?.command ?? '')
  const ready = await eventually(found, cluster => conditionsOf(cluster).Ready === 'True Connected')
  expect(conditionsOf(ready)).toEqual({
    Ready: 'True Connected',
    Reconciling: 'False Connected',
    Stalled: 'False Connected',
    Reachable: 'True Connected',
    Authorized: 'True RightsComplete',
  })
  const [head = '', row = ''] = (await environment.kubectl(['get', 'pxc'])).split('\n')
  expect(head.split(/ +/)).toEqual(['NAME', 'READY', 'STATUS', 'VERSION', 'NODES', 'VLANS', 'VMIDS', 'AGE'])
  expect(row.split(/ +/).slice(0, 7)).toEqual(['proxmox', 'True', 'Connected', '9.2.11', '1/1', '100', '10000'])
  await environment.kubectl(['wait', 'pxc/proxmox', '--for=condition=Ready', '--timeout=5s'])
  expect(environment.log.join('\n')).not.toContain(token.secret)

  // As much of a tenant as its network needs.
  const tenant = { ...makeSpec(), plan: 'none', proxmox: { cluster: 'proxmox', vlan: 110 } }
  await environment.apply({
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name: 'acme', finalizers: [FINALIZER] },
    spec: tenant,
  })
  const lease = () => environment.get('nlease', 'proxmox-110')
  await eventually(lease, found => conditionsOf(found).Ready === 'True InForce')
  await environment.kubectl(['wait', 'nlease/proxmox-110', '--for=condition=Ready', '--timeout=5s'])
  expect((await found())?.metadata.finalizers).toEqual([CLUSTER_FINALIZER])
  expect(await root.data('GET', '/cluster/sdn/vnets')).toMatchObject([{ vnet: 'tn32', tag: 110 }])

  // A lease that was lost is made again with its tag, and what cannot be changed is not.
  await environment.kubectl(['patch', 'nlease/proxmox-110', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
  await environment.kubectl(['delete', 'nlease/proxmox-110'])
  await eventually(lease, again => conditionsOf(again).Ready === 'True InForce')
  const edit = ['patch', 'nlease/proxmox-110', '--type=merge', '-p', '{"spec":{"tag":111}}']
  await expect(environment.kubectl(edit)).rejects.toThrow('cannot be changed: delete the tenant')
})
