/** The life of a container. Each change but that of its configuration is a task. */
import { z } from 'zod'
import { maybe, nothing, number, settings, task, text } from '../answer-field.ts'
import { digest, diskSize, dnsName, numbered, poolId, properties, seconds, volumeId } from '../parameter.ts'
import { route } from '../route.ts'
import { guest, guestChange, guestConfig, pendingChanges, sshKeys } from './guest.ts'

const config = {
  ...guestConfig,
  hostname: dnsName.optional(),
  /** MiB. */
  swap: z.int().min(0).max(67_108_864).optional(),
  ...numbered('mp', 4, properties),
}

export const lxc = {
  /** Unprivileged, always: a privileged one needs a right on everything. */
  create: route(
    'POST /nodes/{node}/lxc',
    {
      ...guest,
      ...config,
      ostemplate: volumeId,
      rootfs: properties,
      unprivileged: z.literal(true),
      pool: poolId.optional(),
      password: z.string().min(8).max(128).optional(),
      'ssh-public-keys': sshKeys.optional(),
    },
    task,
    ['password'],
  ),
  getConfig: route('GET /nodes/{node}/lxc/{vmid}/config', { ...guest, current: z.boolean().optional() }, lxcSettings()),
  putConfig: route('PUT /nodes/{node}/lxc/{vmid}/config', { ...guest, ...config, ...guestChange }, nothing),
  listPending: route('GET /nodes/{node}/lxc/{vmid}/pending', guest, pendingChanges),
  resize: route(
    'PUT /nodes/{node}/lxc/{vmid}/resize',
    { ...guest, disk: z.string().regex(/^(?:rootfs|mp[0-9])$/), size: diskSize, digest: digest.optional() },
    maybe(task),
  ),
  getStatus: route(
    'GET /nodes/{node}/lxc/{vmid}/status/current',
    guest,
    z.object({ status: text, lock: maybe(text), uptime: maybe(number) }),
  ),
  start: route('POST /nodes/{node}/lxc/{vmid}/status/start', guest, task),
  shutdown: route(
    'POST /nodes/{node}/lxc/{vmid}/status/shutdown',
    { ...guest, timeout: seconds.optional(), forceStop: z.boolean().optional() },
    task,
  ),
  destroy: route(
    'DELETE /nodes/{node}/lxc/{vmid}',
    { ...guest, purge: z.boolean().optional(), 'destroy-unreferenced-disks': z.boolean().optional() },
    task,
  ),
}

/** Raw lines of LXC come as a list of pairs, and are of no use here. */
function lxcSettings() {
  return z
    .record(z.string(), z.unknown())
    .transform(({ lxc: _raw, ...given }) => given)
    .pipe(settings)
}
