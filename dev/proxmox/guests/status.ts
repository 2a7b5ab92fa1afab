/** What is said about a guest: whether it runs, and what it uses. */

import { seconds } from '../clock.ts'
import { isCdrom, parseDrive } from '../qemu/drive.ts'
import { isDrive } from '../qemu/drive-options.ts'
import { splitList } from '../schema/validation.ts'
import type { Simulation } from '../simulation.ts'
import type { Config, Guest, Row } from '../state.ts'
import { parseSize } from '../storage/size.ts'

const mebibyte = 2 ** 20

/** What `pvestatd` tells the cluster. */
export function describeGuest(sim: Simulation, guest: Guest): Row {
  const { name, status, cpus, uptime, cpu, maxmem, mem, maxdisk, disk, netin, netout, memhost } = guestStatus(
    sim,
    guest,
  )
  const row = { name, status, maxcpu: cpus, uptime, cpu, maxmem, mem, maxdisk, disk, netin, netout }
  return {
    ...row,
    memhost,
    template: guest.config.template === '1' ? 1 : 0,
    diskread: 0,
    diskwrite: 0,
  }
}

/** A row of `/nodes/{node}/qemu` or `lxc`. */
export function guestStatus(sim: Simulation, guest: Guest): Row {
  return guest.type === 'qemu' ? qemuStatus(sim, guest) : lxcStatus(sim, guest)
}

function qemuStatus(sim: Simulation, guest: Guest): Row {
  const { vmid, running } = guest
  const { config } = guest
  const hostCpus = sim.state.nodes.find(({ node }) => node === guest.node)?.cpus ?? 1
  const wanted = Number(config.sockets ?? 1) * Number(config.cores ?? 1)
  const { name = `VM ${vmid}`, lock, tags, balloon } = guest.config
  return {
    vmid,
    name,
    status: running === undefined ? 'stopped' : 'running',
    cpus: Number(config.vcpus ?? Math.min(wanted, hostCpus)),
    maxmem: memoryMiB(config) * mebibyte,
    maxdisk: bootDiskBytes(guest.config),
    ...(balloon !== undefined && balloon !== '0'
      ? { balloon_min: Number(balloon) * mebibyte, shares: Number(config.shares ?? 1000) }
      : {}),
    ...usage(sim, guest, memoryMiB(config)),
    memhost: running === undefined ? 0 : memoryMiB(config) * mebibyte,
    ...marks(guest.config, { lock, tags }),
    ...(Object.keys(config).some(option => /^serial\d+$/.test(option)) ? { serial: 1 } : {}),
    ...(running === undefined ? {} : pressures),
  }
}

/** Unlike those of virtual machines, the numbers of containers have long been strings here and there. */
function lxcStatus(sim: Simulation, guest: Guest): Row {
  const { vmid, running, config } = guest
  const hostCpus = sim.state.nodes.find(({ node }) => node === guest.node)?.cpus ?? 1
  const memory = Number(config.memory ?? 512)
  const { hostname = `CT${vmid}`, lock, tags } = config
  return {
    vmid,
    name: hostname,
    type: 'lxc',
    status: running === undefined ? 'stopped' : 'running',
    cpus: Math.min(Number(config.cores ?? hostCpus), hostCpus),
    maxmem: memory * mebibyte,
    maxswap: Number(config.swap ?? 512) * mebibyte,
    swap: 0,
    maxdisk: rootBytes(config),
    ...usage(sim, guest, memory),
    diskread: 0,
    diskwrite: 0,
    ...marks(config, { lock, tags }),
    ...(running === undefined ? {} : pressures),
  }
}

const pressures = Object.fromEntries(
  ['cpu', 'io', 'memory'].flatMap(kind => ['some', 'full'].map(how => [`pressure${kind}${how}`, 0])),
)

function usage(sim: Simulation, { running }: Guest, memory: number): Row {
  if (running === undefined) return { uptime: 0, cpu: 0, mem: 0, disk: 0, netin: 0, netout: 0 }
  const { since, pid } = running
  return {
    uptime: Math.max(1, seconds(sim.clock) - since),
    pid,
    cpu: 0.01,
    mem: Math.floor((memory * mebibyte) / 2),
    disk: 0,
    netin: 0,
    netout: 0,
  }
}

function marks(config: Config, { lock, tags }: { lock: string | undefined; tags: string | undefined }): Row {
  return {
    ...(config.template === '1' ? { template: 1 } : {}),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
  }
}

export function memoryMiB({ memory = '512' }: Config): number {
  return Number(/\d+/.exec(memory)?.[0] ?? 512)
}

/** The first disk in the boot order. */
function bootDiskBytes(config: Config): number {
  const order = /order=([^,]*)/.exec(config.boot ?? '')?.[1] ?? ''
  const first = splitList(order).find(name => {
    const value = config[name]
    return isDrive(name) && value !== undefined && !isCdrom(parseDrive(name, value))
  })
  return first === undefined ? 0 : parseSize(parseDrive(first, config[first] ?? '').size ?? '0')
}

function rootBytes({ rootfs = '' }: Config): number {
  const size = /size=(\d+[KMGT]?)/.exec(rootfs)?.[1]
  return (size === undefined ? 0 : parseSize(size)) || 4 * 2 ** 30
}
