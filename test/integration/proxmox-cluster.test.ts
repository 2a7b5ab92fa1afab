/** A ProxmoxCluster in a real API server, watched by the operator, before a simulated Proxmox VE. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProxmoxClusterStatus } from '../../src/crds/proxmox-cluster-status.ts'
import type { TenantStatus } from '../../src/crds/tenant.ts'
import type { TenantMachineStatus } from '../../src/crds/tenant-machine.ts'
import { CLUSTER_FINALIZER, FINALIZER } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { administer, preparedProxmox } from '../make/prepared-proxmox.ts'
import { clusterManifests, MANIFEST_SPEC } from '../make/proxmox-cluster.ts'
import { makeSpec } from '../make/tenant.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

const SYSTEM = 'tenantry-system'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('proxmox-cluster')
  // The Kubernetes half of a tenant ends at its release, which is enough here.
  const none = { helm: '/bin/false', renderer: '/bin/false' }
  await environment.startOperator({ kubeconfig: await environment.operatorKubeconfig(), ...none })
})
afterAll(() => environment?.stop())

const found = () => environment.get('pxc', 'proxmox')

test('a cluster is found without its Secret, then with a token that lacks a right, then Ready', async () => {
  // Of a first try on a machine that was too busy.
  await environment.kubectl(['delete', 'pxc/proxmox', 'secret/proxmox-token', '-n', SYSTEM, '--ignore-not-found'])
  const { server, root, token } = await preparedProxmox()
  await root.data('PUT', '/access/roles/TenantryRealm')
  const { secret, cluster } = clusterManifests({ server, token })
  await environment.apply(cluster)
  await eventually(found, cluster => conditionsOf(cluster).Ready === 'False CredentialsMissing')

  await environment.apply(secret)
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

// Of a first try on a machine that was too busy, nothing is in the way of the second.
let tries = 0

const status = <Status>(object: KubeObject | undefined) => (object?.status ?? {}) as Partial<Status>
const message = (object: KubeObject | undefined, type: string) =>
  status<TenantStatus>(object).conditions?.find(condition => condition.type === type)?.message ?? ''

test('a tenant on two nodes of version 8 is told what waits for a quorum, gets it when the node is back, and leaves what others made', {
  timeout: 300_000,
}, async () => {
  tries += 1
  const [small, duo, late] = ['small', 'duo', 'late'].map(name => `${name}-${tries}`) as [string, string, string]
  const prepared = await preparedProxmox({ nodes: 2, options: { apiVersion: 8 } }, { scsi0: 'local:1' })
  const { server, root, token } = prepared
  const vmidRange = { first: 10_000, last: 10_002 }
  const foreign = {
    pools: 'tenants/lab',
    users: `bob.${duo}@pve`,
    guests: 10_000,
    vnets: 'lab',
  }
  await root.data('POST', '/pools', { poolid: foreign.pools, comment: 'by hand' })
  await root.data('POST', '/access/users', { userid: foreign.users, groups: 'tenants', comment: 'by hand' })
  await root.task('POST', '/nodes/pve1/qemu', { vmid: `${foreign.guests}`, memory: '32', pool: foreign.pools })
  await root.data('POST', '/cluster/sdn/vnets', { vnet: foreign.vnets, zone: 'tenants', tag: '100' })
  await root.data('PUT', '/cluster/sdn')
  const foreigners = () => {
    const { pools, users, guests, sdn } = server.dump()
    const { config } = guests[foreign.guests] ?? {}
    return [pools[foreign.pools], users[foreign.users], config, sdn.edited.vnets[foreign.vnets]]
  }
  const before = foreigners()

  const network = { ...MANIFEST_SPEC.network, vlanRange: { first: 100, last: 102 }, quarantineSeconds: 0 }
  const named = { name: small, secretName: `${small}-token` }
  const { secret, cluster } = clusterManifests({ server, token }, { ...named, spec: { network, vmidRange } })
  await environment.apply(secret, cluster, planManifest('small'))
  const manifestOf = (name: string, cores = 1) =>
    tenantManifest(name, {
      proxmox: { cluster: small, users: [{ name: 'ada' }] },
      machines: [{ name: 'vm', template: { vmid: 9000 }, clone: 'Linked', memory: '32Mi', cores }],
    })
  const tenant = (name: string) => environment.get('tenants.tenantry.dev', name)
  const machine = (name: string) => environment.get('tenantmachines.tenantry.dev', 'vm', `tenant-${name}`)
  const isThere = (found: KubeObject | undefined) => {
    const { NetworkReady, ProxmoxReady, MachinesReady } = conditionsOf(found)
    return [NetworkReady, ProxmoxReady, MachinesReady].every(said => said?.startsWith('True'))
  }
  await environment.apply(manifestOf(duo))
  await eventually(() => tenant(duo), isThere)
  const made = await machine(duo)
  expect(status<TenantMachineStatus>(made).vmid).toBeGreaterThan(foreign.guests)

  // It is looked at once a minute; an edit hastens it.
  let clonesAtOnce = 2
  const lookAtCluster = () => {
    clonesAtOnce += 1
    const patch = JSON.stringify({ spec: { placement: { clonesAtOnce } } })
    return environment.kubectl(['patch', `pxc/${small}`, '--type=merge', '-p', patch])
  }
  server.nodeDown('pve2')
  await lookAtCluster()
  const halved = await eventually(
    () => environment.get('pxc', small),
    found => conditionsOf(found).Ready === 'False NodesOffline',
  )
  expect(message(halved, 'Ready')).toBe('Half of the nodes or more are away, likely without quorum. Away: pve2.')
  await environment.apply(manifestOf(late), manifestOf(duo, 2))
  const told = await eventually(
    () => tenant(late),
    found => conditionsOf(found).NetworkReady === 'False ClusterNotReady',
  )
  expect(message(told, 'NetworkReady')).toContain('Half of the nodes or more are away')
  await eventually(
    () => machine(duo),
    found => conditionsOf(found).Ready === 'False NoQuorum',
  )
  const waiting = await tenant(duo)
  expect(conditionsOf(waiting)).toMatchObject({ NetworkReady: 'True NetworkReady', ProxmoxReady: 'True ProxmoxReady' })
  expect(status<TenantMachineStatus>(await machine(duo)).vmid).toBe(status<TenantMachineStatus>(made).vmid)

  server.nodeUp('pve2')
  await lookAtCluster()
  for (const name of [duo, late]) await eventually(() => tenant(name), isThere)
  const { vmid = 0 } = status<TenantMachineStatus>(made)
  expect(conditionsOf(await machine(duo)).PendingReboot).toMatch(/^True/)
  expect(status<TenantMachineStatus>(await machine(late)).vmid).not.toBe(vmid)

  await environment.kubectl(['delete', 'tenant', duo, late, '--wait=false'])
  await eventually(
    () => environment.list('networkleases'),
    leases => leases.every(({ spec }) => (spec as { cluster: string }).cluster !== small),
  )
  const { pools, users, guests, sdn } = server.dump()
  expect(Object.keys(pools).sort()).toEqual(['tenants', foreign.pools])
  expect(Object.keys(users).filter(user => user.includes('.'))).toEqual([foreign.users])
  expect(Object.keys(guests).map(Number).sort()).toEqual([9000, foreign.guests].sort())
  expect(Object.keys(sdn.running.vnets)).toEqual([foreign.vnets])
  expect(foreigners()).toEqual(before)
})
