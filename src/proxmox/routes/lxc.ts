/** The life of a container. Each change but that of its configuration is a task. */
import { z } from 'zod'
import { flag, maybe, nothing, number, rows, settings, task, text } from '../answer-field.ts'
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
  volumeId,
} from '../parameter.ts'
import { route } from '../route.ts'

const container = { node, vmid }

const config = {
  hostname: dnsName.optional(),
  description: comment.optional(),
  cores: z.int().min(1).max(1024).optional(),
  /** MiB. */
  memory: z.int().min(16).max(67_108_864).optional(),
  swap: z.int().min(0).max(67_108_864).optional(),
  tags: z.array(tag).max(32).optional(),
  onboot: z.boolean().optional(),
  protection: z.boolean().optional(),
  startup: properties.optional(),
  ...numbered('net', 8, properties),
  ...numbered('mp', 4, properties),
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

export const lxc = {
  clone: route(
    'POST /nodes/{node}/lxc/{vmid}/clone',
    {
      ...container,
      newid: vmid,
      hostname: dnsName.optional(),
      description: comment.optional(),
      pool: poolId.optional(),
      full: z.boolean().optional(),
      storage: storage.optional(),
      target: node.optional(),
    },
    task,
  ),
  /** Unprivileged, always: a privileged one needs a right on everything. */
  create: route(
    'POST /nodes/{node}/lxc',
    {
      ...container,
      ...config,
      ostemplate: volumeId,
      rootfs: properties,
      unprivileged: z.literal(true),
      pool: poolId.optional(),
      password: z.string().min(8).max(128).optional(),
      'ssh-public-keys': z
        .string()
        .regex(/^[\x20-\x7e\n]{1,16384}$/)
        .optional(),
    },
    task,
    ['password'],
  ),
  getConfig: route(
    'GET /nodes/{node}/lxc/{vmid}/config',
    { ...container, current: z.boolean().optional() },
    lxcSettings(),
  ),
  putConfig: route(
    'PUT /nodes/{node}/lxc/{vmid}/config',
    {
      ...container,
      ...config,
      delete: z
        .array(z.string().regex(/^[a-z]+\d{0,2}$/))
        .max(64)
        .optional(),
      digest: digest.optional(),
    },
    nothing,
  ),
  listPending: route(
    'GET /nodes/{node}/lxc/{vmid}/pending',
    container,
    rows(z.object({ key: text, value: maybe(text), pending: maybe(text), delete: flag })),
  ),
  resize: route(
    'PUT /nodes/{node}/lxc/{vmid}/resize',
    { ...container, disk: z.string().regex(/^(?:rootfs|mp[0-9])$/), size: diskSize, digest: digest.optional() },
    maybe(task),
  ),
  getStatus: route(
    'GET /nodes/{node}/lxc/{vmid}/status/current',
    container,
    z.object({ status: text, lock: maybe(text), uptime: maybe(number) }),
  ),
  start: route('POST /nodes/{node}/lxc/{vmid}/status/start', container, task),
  stop: route('POST /nodes/{node}/lxc/{vmid}/status/stop', container, task),
  shutdown: route(
    'POST /nodes/{node}/lxc/{vmid}/status/shutdown',
    { ...container, timeout: seconds.optional(), forceStop: z.boolean().optional() },
    task,
  ),
  destroy: route(
    'DELETE /nodes/{node}/lxc/{vmid}',
    { ...container, purge: z.boolean().optional(), 'destroy-unreferenced-disks': z.boolean().optional() },
    task,
  ),
  listInterfaces: route(
    'GET /nodes/{node}/lxc/{vmid}/interfaces',
    container,
    rows(z.object({ name: text, hwaddr: maybe(text), inet: maybe(text), inet6: maybe(text) })),
  ),
}

/** Raw lines of LXC come as a list of pairs, and are of no use here. */
function lxcSettings() {
  return z
    .record(z.string(), z.unknown())
    .transform(({ lxc: _raw, ...given }) => given)
    .pipe(settings)
}
