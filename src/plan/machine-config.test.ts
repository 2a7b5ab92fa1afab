import { expect, test } from 'vitest'
import { guestWish, MAC, makeGuest } from '../../test/make/machine.ts'
import { configChange, initialSettings, startOrderChange } from './machine-config.ts'
import { disksToGrow, missingDisks } from './machine-disk.ts'
import { addressIn } from './machine-network.ts'

test('a guest that is as it should be is not changed', () => {
  expect(configChange(guestWish(), makeGuest())).toBe(undefined)
})

const bridge = { bridge: 'vmbr0', tag: 110, gateway: '10.64.110.1', address: '10.64.110.10' }

test.each([
  ['cores', { cores: 2 }, {}, { cores: 2 }],
  ['memory, as version 9 writes it', { memory: '2Gi' }, { memory: 'current=1024' }, { memory: 2048 }],
  ['no less memory than it may keep', {}, { balloon: '2048' }, { balloon: 1024 }],
  ['one socket', {}, { sockets: '2' }, { sockets: 1 }],
  ['its name', {}, { name: 'renamed' }, { name: 'acme-web' }],
  ['tags beside those of others', {}, { tags: 'mine;tenantry' }, { tags: ['acme', 'mine', 'tenantry'] }],
  ['a start with its node only for what is to run', { powerState: 'Stopped' }, {}, { onboot: false }],
  ['protection', { protection: true }, {}, { protection: true }],
  ['user', { cloudInit: { user: 'debian' } }, {}, { ciuser: 'debian' }],
  ['name servers', { cloudInit: { nameservers: ['9.9.9.9', '1.1.1.1'] } }, {}, { nameserver: ['9.9.9.9', '1.1.1.1'] }],
  [
    'its address beside one of IPv6',
    {},
    { ipconfig0: 'ip6=auto' },
    { ipconfig0: 'ip6=auto,ip=10.64.110.10/24,gw=10.64.110.1' },
  ],
] as const)('what is put right: %s', (_, spec, config, set) => {
  expect(configChange(guestWish(spec), makeGuest({ config }))).toEqual({ set, remove: [], keys: false })
})

test.each([
  [
    'the address of its card and what others have set stay',
    `e1000=${MAC},bridge=vmbr1,firewall=1`,
    `virtio=${MAC},bridge=vmbr0,firewall=1,tag=110`,
  ],
  ['a card without an address gets one from Proxmox VE', 'virtio,bridge=vmbr1', 'virtio,bridge=vmbr0,tag=110'],
  [
    'the long way to write it is understood',
    `model=virtio,macaddr=${MAC},bridge=vmbr0,tag=110`,
    `virtio=${MAC},bridge=vmbr0,tag=110`,
  ],
])('%s', (_, net0, wanted) => {
  expect(configChange(guestWish({}, { network: bridge }), makeGuest({ config: { net0 } }))?.set).toEqual({
    net0: wanted,
  })
})

test('what nobody asked for stays', () => {
  const theirs = { startup: 'order=3,up=10', ciuser: 'ann', nameserver: '9.9.9.9', agent: '1', balloon: '512' }
  expect(configChange(guestWish(), makeGuest({ config: theirs }))).toBe(undefined)
})

test.each([
  ['set', { startOrder: 3 }, {}, { set: { startup: 'order=3' }, remove: [] }],
  ['changed', { startOrder: 3 }, { startup: 'order=1,up=5' }, { set: { startup: 'order=3' }, remove: [] }],
  ['kept', { startOrder: 3 }, { startup: 'order=3' }, undefined],
  ['taken away when the spec does not say it any more', {}, { startup: 'order=3' }, { set: {}, remove: ['startup'] }],
  ['left alone where it is somebody else’s', {}, { startup: 'order=3,up=10' }, undefined],
] as const)(
  'the start order is %s: on its own for a virtual machine, with the rest for a container',
  (_, spec, config, change) => {
    const wish = guestWish(spec)
    const expected = change && { ...change, keys: false }
    expect(startOrderChange(wish, { config })).toEqual(expected)
    expect(configChange(wish, makeGuest({ config }))).toBe(undefined)
    const net0 = 'name=eth0,bridge=tn32,ip=10.64.110.10/24,gw=10.64.110.1'
    const container = makeGuest({ type: 'lxc', config: { hostname: 'acme-web', net0, ...config } })
    expect(configChange(wish, container)).toEqual(expected)
  },
)

test('keys are compared by their digests, and only where somebody has read them', () => {
  const change = { set: {}, remove: [], keys: true }
  expect(configChange(guestWish({}, { keysDigest: 'a' }), makeGuest({ config: { sshkeys: 'b' } }))).toEqual(change)
  expect(configChange(guestWish({}, { keysDigest: 'a' }), makeGuest({ config: { sshkeys: 'a' } }))).toBe(undefined)
  expect(configChange(guestWish(), makeGuest({ config: { sshkeys: 'b' } }))).toBe(undefined)
})

const container = { template: undefined, container: { template: 'local:vztmpl/debian.tar.zst' } }

test('a container has its address on its card', () => {
  const net0 = `name=eth0,bridge=vmbr1,hwaddr=${MAC},type=veth`
  const guest = {
    ...makeGuest(),
    type: 'lxc' as const,
    config: { hostname: 'acme-web', cores: '1', memory: '1024', tags: 'acme;tenantry', onboot: '1', net0 },
  }
  const wanted = `name=eth0,bridge=tn32,hwaddr=${MAC},type=veth,ip=10.64.110.10/24,gw=10.64.110.1`
  expect(configChange(guestWish(container), guest)?.set).toEqual({ net0: wanted })
  expect(addressIn({ type: 'lxc', config: { net0: wanted } }, '10.64.110.0/24')).toBe('10.64.110.10')
  expect(addressIn({ type: 'lxc', config: { net0: wanted } }, '10.64.111.0/24')).toBe(undefined)
})

test('a new container gets everything but its tags in the making call', () => {
  expect(initialSettings(guestWish(container), { vmid: 10_000, node: 'pve1' })).toEqual({
    hostname: 'acme-web',
    cores: 1,
    memory: 1024,
    net0: 'name=eth0,bridge=tn32,ip=10.64.110.10/24,gw=10.64.110.1',
    onboot: true,
  })
})

test.each([
  ['8Gi', '8G', []],
  ['10Gi', '8G', [{ disk: 'scsi0', sizeGiB: 10 }]],
  ['10Gi', '10496M', []],
  ['2Ti', '1T', [{ disk: 'scsi0', sizeGiB: 2048 }]],
])('a disk of %s that has %s', (size, has, growth) => {
  const guest = makeGuest({ config: { scsi0: `local:1/x.qcow2,size=${has}` } })
  expect(disksToGrow({ disks: [{ name: 'scsi0', size }] }, guest)).toEqual(growth)
})

test('a disk that the template does not have is missing, not grown', () => {
  const disks = [{ name: 'scsi1' as const, size: '8Gi' }]
  expect(disksToGrow({ disks }, makeGuest())).toEqual([])
  expect(missingDisks({ disks }, makeGuest())).toEqual(['scsi1'])
})
