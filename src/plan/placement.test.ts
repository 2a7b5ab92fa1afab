import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { guest, pve, store, template, viewOf } from '../../test/make/proxmox-view.ts'
import { machineSpecSchema } from '../crds/machine.ts'
import { turnProblem } from './machine-demands.ts'
import type { MachineIntent } from './machine-intent.ts'
import { type PlacementWorld, placeMachine } from './placement.ts'
import type { ProxmoxView } from './proxmox-view.ts'

const GiB = 2 ** 30

test.for<[what: string, machine: object, world: Parts, place: object]>([
  ['a clone on the node and storage that there are', {}, {}, { node: 'pve1', storage: 'local', template: from9000() }],
  [
    'a container, of nothing that is cloned',
    { template: undefined, container: { template: 'local:vztmpl/debian.tar.zst' } },
    {},
    { node: 'pve1', storage: 'local' },
  ],
  [
    'the node with the largest share of its memory free',
    {},
    {
      nodes: [pve('pve1', { memoryUsed: 9 * GiB }), pve('pve2', { memory: 8 * GiB, memoryUsed: 4 * GiB })],
      ...shared(),
    },
    { node: 'pve2', storage: 'ceph', template: from9000() },
  ],
  [
    'the other node, since the first one was promised to machines that are not there yet',
    {},
    {
      nodes: [pve('pve1'), pve('pve2', { memoryUsed: 2 * GiB })],
      ...shared(),
      machines: [coming(1, { memory: '4Gi' })],
    },
    { node: 'pve2', storage: 'ceph', template: from9000() },
  ],
  [
    'the storage with the largest share free, where nodes are alike',
    {},
    { storages: [store('local', { used: 50 * GiB }), store('zfs')] },
    { node: 'pve1', storage: 'zfs', template: from9000() },
  ],
  [
    'the first by name, where all is alike',
    {},
    { nodes: [pve('pve2'), pve('pve1')], ...shared() },
    { node: 'pve1', storage: 'ceph', template: from9000() },
  ],
  [
    'where it says itself',
    { node: 'pve1', storage: 'local' },
    { storages: [store('local', { used: 50 * GiB }), store('zfs')] },
    { node: 'pve1', storage: 'local', template: from9000() },
  ],
  [
    'a full clone beside its template, where nobody knows the storage of that',
    {},
    { nodes: [pve('pve1', { memoryUsed: 9 * GiB }), pve('pve2')], ...shared(), templateStorages: {} },
    { node: 'pve1', storage: 'ceph', template: from9000() },
  ],
  [
    'a linked clone on the storage of its template',
    { clone: 'Linked' },
    { storages: [store('local', { used: 50 * GiB }), store('zfs')], templateStorages: { 9000: 'local' } },
    { node: 'pve1', storage: 'local', template: from9000() },
  ],
  [
    'a linked clone on another node, when its template is on a shared storage',
    { clone: 'Linked' },
    { nodes: [pve('pve1', { memoryUsed: 9 * GiB }), pve('pve2')], ...shared() },
    { node: 'pve2', storage: 'ceph', template: from9000() },
  ],
  [
    'a linked clone where its storage is nearly full, for it grows from nothing',
    { clone: 'Linked' },
    { storages: [store('local', { used: 99 * GiB })], templateStorages: { 9000: 'local' } },
    { node: 'pve1', storage: 'local', template: from9000() },
  ],
  [
    'a machine where those that are there were promised memory, each once, and templates none',
    { memory: '4Gi' },
    {
      machines: [coming(1, { memory: '8Gi' }, { made: true })],
      guests: [{ ...template(), memory: 8 * GiB }, guest(101, { memory: 8 * GiB })],
    },
    { node: 'pve1', storage: 'local', template: from9000() },
  ],
  [
    'disks beside those that are there already, and those that come to another node',
    { disks: [{ name: 'scsi0', size: '50Gi' }] },
    {
      machines: [
        coming(1, { disks: [{ name: 'scsi0', size: '60Gi' }] }, { made: true }),
        coming(2, { disks: [{ name: 'scsi0', size: '60Gi' }] }, { node: 'pve2' }),
      ],
    },
    { node: 'pve1', storage: 'local', template: from9000() },
  ],
])('%s', ([, machine, parts, place]) => {
  expect(placed(machine, parts)).toEqual({ choice: 'place', vmid: expect.any(Number), ...place })
})

test.for<[reason: string, machine: object, world: Parts, message: string]>([
  [
    'NodeNotAllowed',
    { node: 'pve2' },
    { placement: { nodes: ['pve1'] } },
    'Machines may be on the nodes pve1, not on pve2.',
  ],
  ['NodeMissing', {}, { placement: { nodes: ['pve9'] } }, 'The cluster has no node that it may be on: pve9.'],
  [
    'NodesOffline',
    { node: 'pve2' },
    { nodes: [pve('pve1'), pve('pve2', { online: false })] },
    'No node that it may be on is online: pve2.',
  ],
  [
    'NodesOffline',
    {},
    { nodes: [pve('pve1', { online: false }), pve('pve2')] },
    'Template 9000 is on node pve1, which is offline.',
  ],
  ['NodesFull', { cores: 9 }, {}, 'No node that it may be on has 9 cores: pve1.'],
  [
    'NodesFull',
    { memory: '15Gi' },
    { nodes: [pve('pve1', { memoryUsed: 2 * GiB })] },
    'No node that it may be on has 15Gi of memory left: pve1.',
  ],
  [
    'NodesFull',
    { memory: '4Gi' },
    { machines: [coming(1, { memory: '13Gi' }, { made: true })] },
    'No node that it may be on has 4Gi of memory left: pve1.',
  ],
  [
    'NodesFull',
    { memory: '4Gi' },
    { guests: [template(), guest(700, { memory: 13 * GiB })] },
    'No node that it may be on has 4Gi of memory left: pve1.',
  ],
  [
    'NodesFull',
    { memory: '2Gi' },
    { nodes: [pve('pve1', { memoryUsed: 12 * GiB })], machines: [coming(1, { memory: '3Gi' })] },
    'No node that it may be on has 2Gi of memory left: pve1.',
  ],
  [
    'TemplateMissing',
    { template: { vmid: 9001 } },
    {},
    'No template 9001 is among those of placement.templates that the token sees: they are 9000.',
  ],
  [
    'TemplateElsewhere',
    { node: 'pve2' },
    {
      nodes: [pve('pve1'), pve('pve2')],
      storages: [store('local'), store('local', { node: 'pve2' })],
      templateStorages: { 9000: 'local' },
    },
    'Template 9000 is on node pve1, and not on a shared storage: its clones cannot be on another node.',
  ],
  [
    'TemplateMissing',
    { template: undefined, container: { template: 'nas:vztmpl/debian.tar.zst' } },
    {},
    'No node that it may be on has the storage "nas" with templates of containers, as far as the token sees: pve1.',
  ],
  ['StorageNotAllowed', { storage: 'nas' }, {}, 'Disks may be on the storages local, zfs, not on nas.'],
  ['StorageMissing', {}, { storages: [store('other')] }, 'No node that it may be on has the storages local, zfs.'],
  [
    'StorageMissing',
    {},
    { storages: [store('local', { available: false })] },
    'No storage that its disks may be on is available with the content images.',
  ],
  [
    'StorageMissing',
    {},
    { storages: [store('local', { content: ['iso', 'rootdir'] })] },
    'No storage that its disks may be on is available with the content images.',
  ],
  [
    'StorageMissing',
    { node: 'pve2' },
    {
      nodes: [pve('pve1'), pve('pve2')],
      storages: [store('ceph', { node: 'pve2', shared: true }), store('local', { node: 'pve2' })],
      placement: { storages: ['local'] },
      templateStorages: { 9000: 'ceph' },
    },
    'No storage that its disks may be on is available with the content images.',
  ],
  [
    'StorageFull',
    { disks: [{ name: 'scsi0', size: '101Gi' }] },
    {},
    'No storage that its disks may be on has 101Gi left.',
  ],
  [
    'StorageFull',
    { disks: [{ name: 'scsi0', size: '50Gi' }] },
    { machines: [coming(1, { disks: [{ name: 'scsi0', size: '60Gi' }] })] },
    'No storage that its disks may be on has 50Gi left.',
  ],
  [
    'StorageFull',
    {},
    { storages: [store('local', { used: 99 * GiB })] },
    'No storage that its disks may be on has 2Gi left.',
  ],
  [
    'LinkedCloneStorage',
    { clone: 'Linked' },
    {},
    'A linked clone stays with its template, and the disks of template 9000 are on a storage that is not known.',
  ],
  [
    'LinkedCloneStorage',
    { clone: 'Linked' },
    { templateStorages: { 9000: 'slow' } },
    'A linked clone stays with its template, and the disks of template 9000 are on storage slow.',
  ],
  [
    'VmidsExhausted',
    {},
    { guests: [template(), ...Array.from({ length: 10 }, (_, i) => guest(100 + i))] },
    'No id is free in vmidRange 100–109.',
  ],
])('%s: %s', ([reason, machine, parts, message]) => {
  expect(placed(machine, parts)).toEqual({ choice: 'none', reason, message })
})

test.for<[what: string, world: Parts]>([
  ['clones are to begin', { machines: [coming(1), coming(2)] }],
  [
    'clones hold their guests',
    {
      machines: [coming(1, {}, { made: true }), coming(2, {}, { made: true })],
      guests: [template(), guest(101, { lock: 'clone' }), guest(102, { lock: 'clone' })],
    },
  ],
])('while %s, the next one waits', ([, parts]) => {
  const message = '2 clones of template 9000 are being made, the most at once.'
  expect(placed({}, parts)).toEqual({ choice: 'wait', reason: 'ClonesAtOnce', message })
})

test('a storage takes as many at once, whatever they are made from; another one is taken then', () => {
  const container = { template: undefined, container: { template: 'local:vztmpl/debian.tar.zst' } }
  const machines = [coming(1, container, { template: undefined }), coming(2, container, { template: undefined })]
  const message = '2 machines are being made on each storage that it may be on, the most at once.'
  expect(placed({}, { machines })).toEqual({ choice: 'wait', reason: 'ClonesAtOnce', message })
  expect(placed({}, { machines, storages: [store('local'), store('zfs')] })).toMatchObject({ storage: 'zfs' })
})

test('what was refused, is done, or is this very machine holds nobody up', () => {
  const held = [coming(1, {}, ready('SecretMissing')), coming(2, {}, ready('MissingRights'))]
  expect(placed({}, { machines: held })).toMatchObject({ choice: 'place' })
  for (const begun of [ready('Placed'), ready('Making')]) {
    expect(placed({}, { machines: [coming(1, {}, begun), coming(2)] })).toMatchObject({ reason: 'ClonesAtOnce' })
  }
  expect(placed({}, { machines: [coming(1, {}, { made: true }), coming(2, {}, { made: true })] })).toMatchObject({
    choice: 'place',
  })
  const own = { ...coming(1), tenantUid: TENANT.uid, name: 'app' }
  expect(placed({}, { machines: [own, coming(2)] })).toMatchObject({ choice: 'place' })
})

test('of machines that were held up by the same thing, no more begin at once than may', () => {
  const spec = proxmoxSpec({ placement: { storages: ['local'], templates: [9000] } })
  const view = viewOf({ storages: [store('local')] })
  const container = (number: number) => coming(number, {}, { template: undefined })
  const turn = (own: MachineIntent, others: MachineIntent[]) =>
    turnProblem(own.status, spec.placement, { view, others })
  expect(turn(coming(1), [coming(2)])).toBe(undefined)
  expect(turn(coming(1), [coming(2), coming(3, {}, ready('MissingRights'))])).toBe(undefined)
  expect(turn(coming(1), [coming(2), coming(3)])).toMatchObject({
    message: '2 clones of template 9000 are being made, the most at once.',
  })
  expect(turn(container(1), [coming(2), coming(3)])).toMatchObject({
    message: '2 machines are being made on storage local, the most at once.',
  })
})

test('an id that was lost to somebody invisible is not tried again before all others were', () => {
  const ids: number[] = []
  for (let turn = 0; turn < 10; turn += 1) {
    const own = ids.length === 0 ? [] : [{ ...coming(ids.at(-1) ?? 0), tenantUid: TENANT.uid, name: 'app' }]
    const place = placed({}, { machines: own.map(machine => ({ ...machine, status: { vmid: ids.at(-1) } })) })
    if (place.choice === 'place') ids.push(place.vmid)
  }
  expect([...ids].sort()).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109])
})

test('nothing is placed where it is not allowed, nor under an id that is taken', () => {
  const vmids = fc.uniqueArray(fc.integer({ min: 95, max: 115 }), { maxLength: 14 })
  const used = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(vmids, vmids, used, (seen, meant, [a = 0, b = 0, c = 0, d = 0]) => {
      const place = placed(
        {},
        {
          guests: [template(), ...seen.map(vmid => guest(vmid, { memory: GiB / 4 }))],
          machines: meant.map(number => coming(number - 100, { memory: '16Mi' }, { made: true })),
          nodes: [
            pve('pve1', { memoryUsed: (a * GiB) / 10 }),
            pve('pve2', { memoryUsed: (b * GiB) / 10, online: c > 50 }),
          ],
          storages: [
            store('local', { used: c * GiB }),
            store('zfs', { used: d * GiB }),
            store('other', { node: 'pve2' }),
          ],
        },
      )
      if (place.choice !== 'place') return
      expect([...seen, ...meant]).not.toContain(place.vmid)
      expect(place.vmid >= 100 && place.vmid <= 109 && place.node === 'pve1').toBe(true)
      expect(place.storage === 'local' ? c <= 98 : place.storage === 'zfs' && d <= 98).toBe(true)
    }),
  )
})

const TENANT = { name: 'acme', uid: 'uid-acme' }

interface Parts extends Partial<ProxmoxView>, Partial<Pick<PlacementWorld, 'machines' | 'templateStorages'>> {
  readonly placement?: object
}

function placed(machine: object, { placement, machines = [], templateStorages = {}, ...view }: Parts) {
  const wish = { tenant: TENANT, name: 'app', spec: specOf(machine) }
  const spec = proxmoxSpec({
    placement: { storages: ['local', 'zfs'], templates: [9000], ...placement },
    vmidRange: { first: 100, last: 109 },
  })
  return placeMachine(wish, { spec, view: viewOf(view), machines, templateStorages })
}

function specOf(machine: object) {
  return machineSpecSchema.parse({ template: { vmid: 9000 }, ...machine })
}

function coming(number: number, spec: object = {}, status: MachineIntent['status'] = {}): MachineIntent {
  const where = { vmid: 100 + number, node: 'pve1', storage: 'local', template: 9000 }
  return { tenantUid: 'uid-other', name: `m${number}`, spec: specOf(spec), status: { ...where, ...status } }
}

function ready(reason: string): Pick<MachineIntent['status'], 'conditions'> {
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  return { conditions: [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime }] }
}

function from9000() {
  return { vmid: 9000, node: 'pve1' }
}

/** A storage that both nodes have, and the template is on. */
function shared() {
  const storages = ['pve1', 'pve2'].map(node => store('ceph', { node, shared: true }))
  return { storages, templateStorages: { 9000: 'ceph' }, placement: { storages: ['ceph'] } }
}
