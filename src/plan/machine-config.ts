/** What the settings of a guest have to be, compared with what they are. Only what a TenantMachine says is put back. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import { quantityValue } from '../crds/quantity.ts'
import { cardOf, ipConfigOf, type MachineNetwork } from './machine-network.ts'
import type { Guest } from './machine-observation.ts'
import type { GuestSettings } from './machine-step.ts'

export interface GuestWish {
  readonly spec: MachineSpec
  /** Of the guest, and its host name. */
  readonly name: string
  readonly tags: readonly string[]
  readonly network: MachineNetwork
  /** Of the public keys; absent where there are none, or nobody has looked. */
  readonly keysDigest?: string
}

export interface ConfigChange {
  readonly set: GuestSettings
  readonly remove: readonly string[]
  /** The public keys are other ones. */
  readonly keys: boolean
}

/** Undefined where everything is as it should be. */
export function configChange(wish: GuestWish, guest: Guest): ConfigChange | undefined {
  const set = {
    ...commonSettings(wish, guest),
    ...(guest.type === 'qemu' ? machineSettings(wish, guest) : containerSettings(wish, guest)),
  }
  const remove = guest.type === 'qemu' ? [] : (startOrderChange(wish, guest)?.remove ?? [])
  const keys = guest.type === 'qemu' && wish.keysDigest !== undefined && guest.config.sshkeys !== wish.keysDigest
  return Object.keys(set).length === 0 && remove.length === 0 && !keys ? undefined : { set, remove, keys }
}

/**
 * The order in which guests start with their node. It is a change of its own for virtual machines, of which Proxmox VE takes it from a
 * token with Sys.Modify on / alone (`check_vm_modify_config_perm` of qemu-server); for containers it is a setting as any other.
 */
export function startOrderChange({ spec }: GuestWish, { config }: Pick<Guest, 'config'>): ConfigChange | undefined {
  const { startOrder } = spec
  if (startOrder === undefined) {
    // What the spec said before, and does not any more; one with delays is somebody else's.
    return /^order=\d+$/.test(config.startup ?? '') ? { set: {}, remove: ['startup'], keys: false } : undefined
  }
  const startup = `order=${startOrder}`
  return config.startup === startup ? undefined : { set: { startup }, remove: [], keys: false }
}

/** As a new container gets them. Its tags come later: for these, Proxmox VE asks for a right on an id that is in no pool yet. */
export function initialSettings(wish: GuestWish, { vmid, node }: Pick<Guest, 'vmid' | 'node'>): GuestSettings {
  const nothing: Guest = { vmid, node, type: 'lxc', config: {}, digest: '', pending: [], running: false }
  const { tags: _, ...settings } = { ...commonSettings(wish, nothing), ...containerSettings(wish, nothing) }
  return settings
}

function commonSettings({ spec, tags, network }: GuestWish, guest: Guest): GuestSettings {
  const { config } = guest
  const net0 = cardOf(guest, network)
  const memory = memoryMiB(spec)
  const missingTags = tags.filter(tag => !tagsOf(config.tags).includes(tag))
  const nameserver = spec.cloudInit?.nameservers
  const starts = spec.powerState === 'Running'
  return {
    ...(config.cores === `${spec.cores}` ? {} : { cores: spec.cores }),
    ...(foundMemory(config) === memory ? {} : { memory }),
    ...(config.net0 === net0 ? {} : { net0 }),
    ...(missingTags.length === 0 ? {} : { tags: [...tagsOf(config.tags), ...missingTags].sort() }),
    ...(isOn(config.onboot) === starts ? {} : { onboot: starts }),
    ...(isOn(config.protection) === spec.protection ? {} : { protection: spec.protection }),
    ...(nameserver === undefined || config.nameserver === nameserver.join(' ') ? {} : { nameserver: [...nameserver] }),
  }
}

function machineSettings({ spec, name, network }: GuestWish, { config }: Guest): GuestSettings {
  const ipconfig0 = ipConfigOf(config.ipconfig0, network)
  const { user } = spec.cloudInit ?? {}
  const memory = memoryMiB(spec)
  return {
    ...(config.name === name ? {} : { name }),
    ...(Number(config.sockets ?? 1) === 1 ? {} : { sockets: 1 }),
    // Less than it may keep at least: Proxmox VE would refuse the memory.
    ...(Number(config.balloon ?? 0) <= memory ? {} : { balloon: memory }),
    ...(config.ipconfig0 === ipconfig0 ? {} : { ipconfig0 }),
    ...(user === undefined || config.ciuser === user ? {} : { ciuser: user }),
  }
}

function containerSettings(wish: GuestWish, { config }: Guest): GuestSettings {
  const { name } = wish
  return { ...(config.hostname === name ? {} : { hostname: name }), ...startOrderChange(wish, { config })?.set }
}

/** Without such a drive, which its template has to have, nothing of cloud-init reaches a machine. */
export function hasCloudInitDrive({ config }: Pick<Guest, 'config'>): boolean {
  return Object.entries(config).some(([key, value]) => /^(ide|sata|scsi)\d+$/.test(key) && /cloudinit/.test(value))
}

export function foundMemory({ memory }: Guest['config']): number {
  return Number(memory?.replace(/^current=/, '') ?? 512)
}

export function memoryMiB({ memory }: Pick<MachineSpec, 'memory'>): number {
  return quantityValue(memory) / 2 ** 20
}

function tagsOf(text: string | undefined): string[] {
  return (text ?? '').split(/[;, ]/).filter(tag => tag !== '')
}

function isOn(value: string | undefined): boolean {
  return value === '1'
}
