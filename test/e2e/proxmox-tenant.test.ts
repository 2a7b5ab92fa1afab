/** A tenant on both planes, from its manifest to its end: the cluster of the demo, and its simulated Proxmox VE. */
import { beforeAll, expect, test, vi } from 'vitest'
import { tenantMachinesSchema, tenantProxmoxSchema } from '../../src/crds/tenant-proxmox.ts'
import { type Environment, environment, journey } from './environment.ts'
import { listEverything, objectName, withoutBookkeeping } from './object-list.ts'
import { observeState, type ProxmoxContent, proxmoxContent } from './proxmox-state.ts'
import {
  applyPlan,
  applyTenant,
  conditionOf,
  deleteTenant,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilReady,
} from './tenant-client.ts'

const plan = uniqueName('machines')
const name = uniqueName('hybrid')
const proxmox = tenantProxmoxSchema.parse({ cluster: 'proxmox', users: [{ name: 'ada' }] })
const machines = tenantMachinesSchema.parse([
  { name: 'app', template: { vmid: 9000 }, memory: '512Mi', disks: [{ name: 'scsi0', size: '8Gi' }] },
  { name: 'mail', container: { template: 'local:vztmpl/mini_1.0_amd64.tar.gz' }, memory: '256Mi' },
])

journey(
  'a tenant with a virtual machine and a container on Proxmox VE',
  () => {
    let env: Environment
    let before: ProxmoxContent

    beforeAll(async () => {
      env = await environment()
      before = await proxmoxContent(env.stateDir)
      await applyPlan(env.kubectl, plan, smallPlan())
      await applyTenant(env.kubectl, name, { plan, deletionPolicy: 'Delete', proxmox, machines })
    })

    test('is Ready on both planes', async () => {
      const tenant = await untilReady(env.kubectl, name)
      const parts = ['Ready', 'Available', 'NetworkReady', 'ProxmoxReady', 'MachinesReady'] as const
      expect(parts.map(type => [type, conditionOf(tenant, type)?.status])).toEqual(parts.map(type => [type, 'True']))
      expect(tenant.status).toMatchObject({ machines: { ready: 2, total: 2, summary: '2/2' } })
    })

    test('has both machines running in its pool', async () => {
      const { pools, guests } = await observeState(env.stateDir)
      const { vms = [] } = pools[`tenants/${name}`] ?? {}
      const found = vms.map(vmid => guests[vmid]).map(guest => [guest?.type, guest?.running !== undefined])
      expect(found.sort()).toEqual([
        ['lxc', true],
        ['qemu', true],
      ])
    })

    test('has their cards on the network of its lease', async () => {
      const { pools, guests } = await observeState(env.stateDir)
      const jsonpath = '-o=jsonpath={.items[*].status.vnet}'
      const vnet = await env.kubectl.run([
        'get',
        'networkleases',
        `--field-selector=spec.tenant.name=${name}`,
        jsonpath,
      ])
      expect(vnet).toMatch(/^tn\w+$/)
      const { vms = [] } = pools[`tenants/${name}`] ?? {}
      const cards = vms.map(vmid => guests[vmid]?.config.net0)
      expect(cards).toEqual(vms.map(() => expect.stringMatching(new RegExp(`bridge=${vnet}(,|$)`))))
    })

    test('kubectl get shows where they are', async () => {
      const tenants = await env.kubectl.run(['get', 'tenants', name])
      expect(tenants).toMatch(/^NAME +PLAN +READY +STATUS +DB +MACHINES +VLAN +URL +AGE\n/)
      expect(tenants).toMatch(
        new RegExp(`${name} +${plan} +True +Converged +1 +2/2 +1\\d\\d +https://${name}\\.localhost `),
      )
      const table = await env.kubectl.run(['get', 'tenantmachines', '-n', namespaceOf(name)])
      expect(table.replaceAll(/ +/g, ' ')).toMatch(
        /^NAME READY STATUS POWER VMID NODE ADDRESS AGE\napp True \w+ Running 1\d{4} pve1 10\.64\.1\d\d\.1\d .*\nmail True \w+ Running 1\d{4} pve1 10\.64\.1\d\d\.1\d .*$/,
      )
      const leases = await env.kubectl.run(['get', 'networkleases', `--field-selector=spec.tenant.name=${name}`])
      expect(leases.replaceAll(/ +/g, ' ')).toMatch(
        new RegExp(`\nproxmox-1\\d\\d proxmox 1\\d\\d ${name} Ready tn\\w+ 10\\.64\\.1\\d\\d\\.0/24 `),
      )
    })

    test('leaves nothing on either plane when it is deleted and the quarantine of its tag is over', async () => {
      await deleteTenant(env.kubectl, name)
      const lease = ['get', 'networkleases', '-o', 'name', `--field-selector=spec.tenant.name=${name}`]
      const isOver = async () => expect(await env.kubectl.run(lease)).toBe('')
      await vi.waitFor(isOver, { timeout: 120_000, interval: 1000 })
      expect(await proxmoxContent(env.stateDir)).toEqual(before)
      const left = (await listEverything(env.kubectl)).filter(object =>
        JSON.stringify(withoutBookkeeping(object)).includes(name),
      )
      expect(left.map(objectName)).toEqual([])
    })
  },
  'node',
)
