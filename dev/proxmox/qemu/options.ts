/** What may be said about a virtual machine, but for its disks and its network. */

import { address, configId, dnsName, startupOrder, storageId, tag, urlEncoded, volumeId } from '../schema/formats.ts'
import {
  composed,
  decimal,
  type Fields,
  type Format,
  flag,
  formatted,
  integer,
  listOf,
  numbered,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import { checkCpu, cpuFields } from './cpu-options.ts'
import { cdrom, driveOptions } from './drive-options.ts'
import { networkOptions } from './network-options.ts'

const byDefault = { defaultKey: true }
const ranges = /\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*/
const base64 = text({ pattern: /[A-Za-z0-9+/]+={0,2}/ })
const uuid = /[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}/
const pciAddress = '([a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(\\.[a-f0-9])?'
const hexId = text({ pattern: /0x[0-9a-fA-F]{4}/ })
const usbHost = /((0x)?[0-9A-Fa-f]{4}:(0x)?[0-9A-Fa-f]{4})|(\d+-\d+(\.\d+)*)|[Ss][Pp][Ii][Cc][Ee]/
const machineType =
  /pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(?:-\d+(\.\d+)+)?(\+pve\d+)?/

const cpuSet: Format = value => {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value)) throw new FormatError(`unable to parse option`)
}
const hotplug: Format = value => {
  if (value === '0' || value === '1') return
  const unknown = splitList(value).find(each => !/^(network|disk|cpu|memory|usb|cloudinit)$/.test(each))
  if (unknown !== undefined) throw new FormatError(`invalid hotplug feature '${unknown}'`)
}
const bootDevice: Format = value => {
  if (!/^((ide|sata|scsi|virtio|net|usb|hostpci|efidisk|tpmstate)\d+)$/.test(value)) {
    throw new FormatError(`invalid boot device '${value}'`)
  }
}
const bootDisk: Format = value => {
  if (!/^(ide|sata|scsi|virtio)\d+$/.test(value)) throw new FormatError(`invalid boot disk '${value}'`)
}

export const bootFields: Fields = optional({
  legacy: text({ pattern: /[acdn]{1,4}/, ...byDefault }),
  order: listOf(bootDevice),
})
export const memoryFields: Fields = { current: integer(16, undefined, byDefault) }
export const agentFields: Fields = {
  enabled: flag(byDefault),
  'freeze-fs-on-backup': { type: 'string', alias: 'freeze-fs' },
  'guest-fsfreeze': { type: 'string', alias: 'freeze-fs' },
  ...optional({ 'freeze-fs': flag(), fstrim_cloned_disks: flag(), type: oneOf('virtio', 'isa') }),
}
export const machineFields: Fields = optional({
  'aw-bits': decimal(32, 64),
  'enable-s3': flag(),
  'enable-s4': flag(),
  type: text({ pattern: machineType, maxLength: 40, ...byDefault }),
  viommu: oneOf('intel', 'virtio'),
})
const smbiosFields: Fields = optional({
  base64: flag(),
  ...Object.fromEntries(['family', 'manufacturer', 'product', 'serial', 'sku', 'version'].map(name => [name, base64])),
  uuid: text({ pattern: uuid }),
})
const displays = [
  ...['cirrus', 'qxl', 'qxl2', 'qxl3', 'qxl4', 'none', 'serial0', 'serial1', 'serial2', 'serial3'],
  ...['std', 'virtio', 'virtio-gl', 'vmware'],
]
const keyboards = 'de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr'
const locks = [
  'backup',
  'clone',
  'create',
  'migrate',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspending',
  'suspended',
]
const systems = 'other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris'

const hardware: Parameters = {
  acpi: flag(),
  affinity: formatted(cpuSet),
  agent: composed(agentFields),
  'allow-ksm': flag(),
  'amd-sev': composed({
    type: { ...oneOf('std', 'es', 'snp'), maxLength: 3, ...byDefault },
    ...optional({ 'allow-smt': flag(), 'kernel-hashes': flag(), 'no-debug': flag(), 'no-key-sharing': flag() }),
  }),
  arch: oneOf('x86_64', 'aarch64'),
  args: text(),
  audio0: composed({
    device: oneOf('ich9-intel-hda', 'intel-hda', 'AC97'),
    ...optional({ driver: oneOf('spice', 'none') }),
  }),
  balloon: integer(0),
  bios: oneOf('seabios', 'ovmf'),
  boot: composed(bootFields),
  bootdisk: formatted(bootDisk, { pattern: /(ide|sata|scsi|virtio)\d+/ }),
  cdrom,
  cores: integer(1),
  cpu: composed(cpuFields, { fieldsCheck: checkCpu }),
  cpulimit: decimal(0, 128),
  cpuunits: integer(1, 262_144),
  freeze: flag(),
  hookscript: formatted(volumeId),
  hotplug: formatted(hotplug),
  hugepages: oneOf('any', '2', '1024'),
  'intel-tdx': composed({
    type: { ...oneOf('tdx'), ...byDefault },
    ...optional({ attestation: flag(), 'vsock-cid': integer(2), 'vsock-port': integer(0) }),
  }),
  ivshmem: composed({ size: integer(1), ...optional({ name: text({ pattern: /[a-zA-Z0-9-]+/ }) }) }),
  keephugepages: flag(),
  keyboard: oneOf(...keyboards.split(' ')),
  kvm: flag(),
  localtime: flag(),
  machine: composed(machineFields),
  memory: composed(memoryFields),
  numa: flag(),
  ostype: oneOf(...systems.split(' ')),
  rng0: composed({
    source: { ...oneOf('/dev/urandom', '/dev/random', '/dev/hwrng'), ...byDefault },
    ...optional({ max_bytes: integer(), period: integer() }),
  }),
  scsihw: oneOf('lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'),
  shares: integer(0, 50_000),
  smbios1: composed(smbiosFields, { maxLength: 512 }),
  smp: integer(1),
  sockets: integer(1),
  spice_enhancements: composed(optional({ foldersharing: flag(), videostreaming: oneOf('off', 'all', 'filter') })),
  tablet: flag(),
  vcpus: integer(1),
  vga: composed(
    optional({ clipboard: oneOf('vnc'), memory: integer(4, 512), type: { ...oneOf(...displays), ...byDefault } }),
  ),
  vmgenid: text({ pattern: new RegExp(`${uuid.source}|[01]`) }),
  watchdog: composed(
    optional({
      action: oneOf('reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'),
      model: { ...oneOf('i6300esb', 'ib700'), ...byDefault },
    }),
  ),
}

const general: Parameters = {
  autostart: flag(),
  cicustom: composed(
    optional(Object.fromEntries(['meta', 'network', 'user', 'vendor'].map(name => [name, formatted(volumeId)]))),
  ),
  cipassword: text(),
  citype: oneOf('configdrive2', 'nocloud', 'opennebula'),
  ciupgrade: flag(),
  ciuser: text(),
  description: text({ maxLength: 8192 }),
  lock: oneOf(...locks),
  migrate_downtime: decimal(0),
  migrate_speed: integer(0),
  name: formatted(dnsName),
  nameserver: listOf(address),
  onboot: flag(),
  protection: flag(),
  reboot: flag(),
  searchdomain: text(),
  sshkeys: formatted(urlEncoded),
  startdate: text({ pattern: /now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?/ }),
  startup: formatted(startupOrder),
  tags: listOf(tag),
  tdf: flag(),
  template: flag(),
  vmstatestorage: formatted(storageId),
}

const devices: Parameters = {
  ...numbered(
    'hostpci',
    16,
    composed(
      optional({
        'device-id': hexId,
        driver: oneOf('vfio', 'keep'),
        host: text({ pattern: new RegExp(`(?:${pciAddress})(;(?:${pciAddress}))*`, 'i'), ...byDefault }),
        'legacy-igd': flag(),
        mapping: formatted(configId),
        mdev: text({ pattern: /[^/.:]+/ }),
        pcie: flag(),
        rombar: flag(),
        romfile: text({ pattern: /[^,;]+/ }),
        'sub-device-id': hexId,
        'sub-vendor-id': hexId,
        'vendor-id': hexId,
        'x-vga': flag(),
      }),
    ),
  ),
  ...numbered(
    'numa',
    8,
    composed({
      cpus: text({ pattern: ranges }),
      ...optional({
        hostnodes: text({ pattern: ranges }),
        memory: decimal(),
        policy: oneOf('preferred', 'bind', 'interleave'),
      }),
    }),
  ),
  ...numbered('parallel', 3, text({ pattern: /\/dev\/parport\d+|\/dev\/usb\/lp\d+/ })),
  ...numbered('serial', 4, text({ pattern: /\/dev\/[^,]+|socket/ })),
  ...numbered(
    'usb',
    14,
    composed(optional({ host: text({ pattern: usbHost, ...byDefault }), mapping: formatted(configId), usb3: flag() })),
  ),
  ...numbered(
    'virtiofs',
    10,
    composed({
      dirid: formatted(configId, byDefault),
      ...optional({
        cache: oneOf('auto', 'always', 'metadata', 'never'),
        'direct-io': flag(),
        'expose-acl': flag(),
        'expose-xattr': flag(),
      }),
    }),
  ),
}

export const qemuOptions: Parameters = {
  ...optional({ ...hardware, ...general, ...devices }),
  ...driveOptions,
  ...networkOptions,
}
