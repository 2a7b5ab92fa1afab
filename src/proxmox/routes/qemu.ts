/** The life of a virtual machine. Each change but that of its configuration by PUT is a task. */
import { z } from 'zod'
import { flag, maybe, nothing, number, settings, task, text } from '../answer-field.ts'
import { digest, diskSize, dnsName, numbered, properties, seconds, vmid } from '../parameter.ts'
import { route } from '../route.ts'
import { guest, guestChange, guestClone, guestConfig, pendingChanges, sshKeys } from './guest.ts'

const config = {
  ...guestConfig,
  name: dnsName.optional(),
  sockets: z.int().min(1).max(16).optional(),
  /** MiB. Below `memory`: may give memory back; 0 switches that off. */
  balloon: z.int().min(0).max(67_108_864).optional(),
  agent: properties.optional(),
  boot: properties.optional(),
  ...numbered('ipconfig', 8, properties),
  ...numbered('scsi', 8, properties),
  ...numbered('ide', 4, properties),
  ciuser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .optional(),
  cipassword: z.string().min(8).max(128).optional(),
  /** Proxmox VE wants the text encoded within the encoding of the form. */
  sshkeys: sshKeys.transform(encodeURIComponent).optional(),
}

const change = { ...guest, ...config, ...guestChange }

const diskName = z.string().regex(/^(?:scsi[0-9]|virtio[0-9]|sata[0-5]|ide[0-3])$/)

export const qemu = {
  /** From a template. */
  clone: route(
    'POST /nodes/{node}/qemu/{vmid}/clone',
    { ...guest, newid: vmid, name: dnsName.optional(), ...guestClone },
    task,
  ),
  /** What it has, and with `current: false` what it will have after the next start. */
  getConfig: route('GET /nodes/{node}/qemu/{vmid}/config', { ...guest, current: z.boolean().optional() }, settings),
  /** At once, except for what needs disks to be made or moved. */
  putConfig: route('PUT /nodes/{node}/qemu/{vmid}/config', change, nothing, ['cipassword']),
  listPending: route('GET /nodes/{node}/qemu/{vmid}/pending', guest, pendingChanges),
  /** Version 8.0 and newer give a task; before it, nothing. */
  resize: route(
    'PUT /nodes/{node}/qemu/{vmid}/resize',
    { ...guest, disk: diskName, size: diskSize, digest: digest.optional() },
    maybe(task),
  ),
  getStatus: route(
    'GET /nodes/{node}/qemu/{vmid}/status/current',
    guest,
    z.object({
      status: text,
      qmpstatus: maybe(text),
      lock: maybe(text),
      agent: flag,
      uptime: maybe(number),
    }),
  ),
  start: route('POST /nodes/{node}/qemu/{vmid}/status/start', guest, task),
  shutdown: route(
    'POST /nodes/{node}/qemu/{vmid}/status/shutdown',
    { ...guest, timeout: seconds.optional(), forceStop: z.boolean().optional() },
    task,
  ),
  /** With `purge` also out of backup jobs and replication. */
  destroy: route(
    'DELETE /nodes/{node}/qemu/{vmid}',
    { ...guest, purge: z.boolean().optional(), 'destroy-unreferenced-disks': z.boolean().optional() },
    task,
  ),
}
