/** The life of a virtual machine. Each change but that of its configuration by PUT is a task. */
import { z } from 'zod'
import { flag, maybe, nothing, number, rows, settings, task, text, whole } from '../answer-field.ts'
import {
  comment,
  digest,
  diskSize,
  dnsName,
  ipv4,
  node,
  numbered,
  poolId,
  properties,
  seconds,
  storage,
  tag,
  vmid,
} from '../parameter.ts'
import { route } from '../route.ts'

const machine = { node, vmid }

/** Proxmox VE wants the text encoded within the encoding of the form. */
const sshKeys = z
  .string()
  .regex(/^[\x20-\x7e\n]{1,16384}$/)
  .transform(encodeURIComponent)

const config = {
  name: dnsName.optional(),
  description: comment.optional(),
  cores: z.int().min(1).max(1024).optional(),
  sockets: z.int().min(1).max(16).optional(),
  /** MiB. */
  memory: z.int().min(16).max(67_108_864).optional(),
  /** Below `memory`: may give memory back; 0 switches that off. */
  balloon: z.int().min(0).max(67_108_864).optional(),
  tags: z.array(tag).max(32).optional(),
  onboot: z.boolean().optional(),
  protection: z.boolean().optional(),
  startup: properties.optional(),
  agent: properties.optional(),
  boot: properties.optional(),
  ...numbered('net', 8, properties),
  ...numbered('ipconfig', 8, properties),
  ...numbered('scsi', 8, properties),
  ...numbered('ide', 4, properties),
  ciuser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .optional(),
  cipassword: z.string().min(8).max(128).optional(),
  sshkeys: sshKeys.optional(),
  nameserver: z
    .array(ipv4)
    .max(8)
    .transform(servers => servers.join(' '))
    .optional(),
  searchdomain: z
    .string()
    .regex(/^[a-z0-9.-]{1,253}$/)
    .optional(),
}

const change = {
  ...machine,
  ...config,
  delete: z
    .array(z.string().regex(/^[a-z]+\d{0,2}$/))
    .max(64)
    .optional(),
  digest: digest.optional(),
}

const diskName = z.string().regex(/^(?:scsi[0-9]|virtio[0-9]|sata[0-5]|ide[0-3])$/)

export const qemu = {
  /** From a template: linked without `full`, which takes no storage. */
  clone: route(
    'POST /nodes/{node}/qemu/{vmid}/clone',
    {
      ...machine,
      newid: vmid,
      name: dnsName.optional(),
      description: comment.optional(),
      pool: poolId.optional(),
      full: z.boolean().optional(),
      storage: storage.optional(),
      target: node.optional(),
    },
    task,
  ),
  create: route(
    'POST /nodes/{node}/qemu',
    {
      ...machine,
      ...config,
      pool: poolId.optional(),
      scsihw: z.enum(['virtio-scsi-pci', 'virtio-scsi-single']).optional(),
      ostype: z.enum(['l26', 'win10', 'win11', 'other']).optional(),
    },
    task,
    ['cipassword'],
  ),
  /** What it has, and with `current: false` what it will have after the next start. */
  getConfig: route('GET /nodes/{node}/qemu/{vmid}/config', { ...machine, current: z.boolean().optional() }, settings),
  /** At once, except for what needs disks to be made or moved. */
  putConfig: route('PUT /nodes/{node}/qemu/{vmid}/config', change, nothing, ['cipassword']),
  /** As a task, for what makes disks. */
  postConfig: route('POST /nodes/{node}/qemu/{vmid}/config', change, maybe(task), ['cipassword']),
  listPending: route(
    'GET /nodes/{node}/qemu/{vmid}/pending',
    machine,
    rows(z.object({ key: text, value: maybe(text), pending: maybe(text), delete: flag })),
  ),
  /** Version 8.0 and newer give a task; before it, nothing. */
  resize: route(
    'PUT /nodes/{node}/qemu/{vmid}/resize',
    { ...machine, disk: diskName, size: diskSize, digest: digest.optional() },
    maybe(task),
  ),
  getStatus: route(
    'GET /nodes/{node}/qemu/{vmid}/status/current',
    machine,
    z.object({
      status: text,
      qmpstatus: maybe(text),
      lock: maybe(text),
      agent: flag,
      uptime: maybe(number),
    }),
  ),
  start: route('POST /nodes/{node}/qemu/{vmid}/status/start', machine, task),
  stop: route('POST /nodes/{node}/qemu/{vmid}/status/stop', { ...machine, timeout: seconds.optional() }, task),
  shutdown: route(
    'POST /nodes/{node}/qemu/{vmid}/status/shutdown',
    { ...machine, timeout: seconds.optional(), forceStop: z.boolean().optional() },
    task,
  ),
  /** With `purge` also out of backup jobs and replication. */
  destroy: route(
    'DELETE /nodes/{node}/qemu/{vmid}',
    { ...machine, purge: z.boolean().optional(), 'destroy-unreferenced-disks': z.boolean().optional() },
    task,
  ),
  /** As the agent inside the guest says; refused where none runs. */
  listInterfaces: route(
    'GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces',
    machine,
    z
      .object({
        result: rows(
          z.object({
            name: text,
            'hardware-address': maybe(text),
            'ip-addresses': rows(
              z.object({ 'ip-address': text, 'ip-address-type': maybe(text), prefix: maybe(whole) }),
            ),
          }),
        ),
      })
      .transform(({ result }) => result),
  ),
}
