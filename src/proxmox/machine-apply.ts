/**
 * Carries out the steps that concern machines. What makes a guest carries the mark; what changes one proves it: by the digest of
 * a configuration that was seen with the mark, or by a look at the moment of acting.
 */
import { guestOwnership } from '../plan/machine-ownership.ts'
import type { GuestRef, MachineStep } from '../plan/machine-step.ts'
import { markText } from '../plan/proxmox-mark.ts'
import type { SecretKey } from '../plan/proxmox-step.ts'
import { keyLines } from '../plan/ssh-keys.ts'
import type { Proxmox } from './client.ts'
import { ProxmoxError } from './errors.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'

export interface MachinePorts {
  readonly proxmox: Proxmox
  readonly readSecret: (key: SecretKey) => Promise<string>
}

const MACHINE_STEPS: Readonly<Record<MachineStep['do'], true>> = {
  'proxmox.cloneGuest': true,
  'proxmox.createContainer': true,
  'proxmox.configureGuest': true,
  'proxmox.markGuest': true,
  'proxmox.growDisk': true,
  'proxmox.startGuest': true,
  'proxmox.stopGuest': true,
  'proxmox.destroyGuest': true,
}

export function isMachineStep(step: { readonly do: string }): step is MachineStep {
  return step.do in MACHINE_STEPS
}

/** Gives the task that is to bring it about; undefined where it is done at once. Throws a ProxmoxError. */
export async function applyMachineStep(ports: MachinePorts, step: MachineStep): Promise<string | undefined> {
  const { proxmox } = ports
  const { node, vmid, type } = step
  const at = { node, vmid }
  const description = markText(step.mark)
  switch (step.do) {
    case 'proxmox.cloneGuest': {
      const { from, template, name, pool, storage } = step
      const target = from === node ? {} : { target: node }
      const full = storage === undefined ? { full: false } : { full: true, storage }
      const clone = { node: from, vmid: template, newid: vmid, name, pool, description }
      return proxmox.call(qemu.clone, { ...clone, ...target, ...full })
    }
    case 'proxmox.createContainer': {
      const { template: ostemplate, pool, rootfs, settings } = step
      const keys = await readKeys(ports, step.keys)
      const made = { ostemplate, pool, rootfs, description, unprivileged: true } as const
      return proxmox.call(lxc.create, {
        ...at,
        ...containerSettings(settings),
        ...made,
        ...(keys === undefined ? {} : { 'ssh-public-keys': keys }),
      })
    }
    case 'proxmox.configureGuest': {
      const { set, remove, digest } = step
      const change = { ...(remove.length === 0 ? {} : { delete: [...remove] }), digest }
      if (type === 'lxc') {
        await proxmox.call(lxc.putConfig, { ...at, ...containerSettings(set), ...change })
        return undefined
      }
      const sshkeys = await readKeys(ports, step.keys)
      const { hostname: _, ...settings } = set
      await proxmox.call(qemu.putConfig, {
        ...at,
        ...settings,
        ...change,
        ...(sshkeys === undefined ? {} : { sshkeys }),
      })
      return undefined
    }
    case 'proxmox.markGuest': {
      const { digest } = step
      if (type === 'lxc') await proxmox.call(lxc.putConfig, { ...at, description, digest })
      else await proxmox.call(qemu.putConfig, { ...at, description, digest })
      return undefined
    }
    case 'proxmox.growDisk': {
      const { disk, sizeGiB, digest } = step
      const growth = { ...at, disk, size: `${sizeGiB}G`, digest }
      return type === 'lxc' ? proxmox.call(lxc.resize, growth) : proxmox.call(qemu.resize, growth)
    }
    case 'proxmox.startGuest':
      await mustBeOurs(proxmox, step)
      if (await isRunning(proxmox, step)) return undefined
      return proxmox.call(type === 'lxc' ? lxc.start : qemu.start, at)
    case 'proxmox.stopGuest':
      await mustBeOurs(proxmox, step)
      if (!(await isRunning(proxmox, step))) return undefined
      return proxmox.call(type === 'lxc' ? lxc.shutdown : qemu.shutdown, {
        ...at,
        timeout: step.timeoutSeconds,
        forceStop: true,
      })
    case 'proxmox.destroyGuest':
      await mustBeOurs(proxmox, step)
      return proxmox.call(type === 'lxc' ? lxc.destroy : qemu.destroy, {
        ...at,
        purge: true,
        // They go by its number alone: on a storage that two clusters share, that would be a guest's of the other one.
        'destroy-unreferenced-disks': false,
      })
    default:
      return step satisfies never
  }
}

/** A container has no cloud-init. */
function containerSettings(settings: Extract<MachineStep, { do: 'proxmox.configureGuest' }>['set']) {
  const { name: _, sockets: __, balloon: ___, ipconfig0, ciuser, ...rest } = settings
  return rest
}

async function readKeys({ readSecret }: MachinePorts, key: SecretKey | undefined): Promise<string | undefined> {
  return key === undefined ? undefined : keyLines(await readSecret(key)).join('\n')
}

async function mustBeOurs(proxmox: Proxmox, { node, vmid, type, mark }: GuestRef): Promise<void> {
  const config = await proxmox.call(type === 'lxc' ? lxc.getConfig : qemu.getConfig, { node, vmid })
  if (guestOwnership({ config }, mark) === 'own') return
  const why = 'it does not carry the mark of this machine any more, so that it is left alone'
  throw new ProxmoxError({ kind: 'conflict', what: `change guest ${vmid}`, why, status: 0 })
}

/** A task that nobody knew of may have brought it about since the step was decided. */
async function isRunning(proxmox: Proxmox, { node, vmid, type }: GuestRef): Promise<boolean> {
  const { status } = await proxmox.call(type === 'lxc' ? lxc.getStatus : qemu.getStatus, { node, vmid })
  return status === 'running'
}
