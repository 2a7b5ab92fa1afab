/** The cluster as a whole, and its nodes. */
import { z } from 'zod'
import { flag, list, maybe, maybeFlag, number, rows, text, whole } from '../answer-field.ts'
import { vmid } from '../parameter.ts'
import { route } from '../route.ts'

const guest = {
  vmid: whole,
  node: text,
  name: maybe(text),
  pool: maybe(text),
  lock: maybe(text),
  /** `unknown` for up to ten seconds after it was made. */
  status: maybe(text),
  template: flag,
  tags: list,
  maxcpu: maybe(number),
  maxmem: maybe(whole),
  maxdisk: maybe(whole),
}

const known = z.discriminatedUnion('type', [
  z.object({ type: z.literal('qemu'), ...guest }),
  z.object({ type: z.literal('lxc'), ...guest }),
  z.object({
    type: z.literal('node'),
    node: text,
    status: maybe(text),
    cpu: maybe(number),
    maxcpu: maybe(number),
    mem: maybe(whole),
    maxmem: maybe(whole),
  }),
  z.object({
    type: z.literal('storage'),
    storage: text,
    node: text,
    status: maybe(text),
    shared: flag,
    content: list,
    disk: maybe(whole),
    maxdisk: maybe(whole),
  }),
  z.object({ type: z.literal('other') }),
])
const KNOWN: readonly unknown[] = ['qemu', 'lxc', 'node', 'storage']

/** Newer versions have rows of further types, which are of no use here. */
const resource = z.preprocess(row => (hasOtherType(row) ? { type: 'other' } : row), known)

function hasOtherType(row: unknown): boolean {
  const { type } = (row ?? {}) as { type?: unknown }
  return typeof type === 'string' && !KNOWN.includes(type)
}

export const cluster = {
  getVersion: route('GET /version', {}, z.object({ version: text, release: maybe(text) })),
  /** Of a single server there is no row of type `cluster`. */
  getStatus: route(
    'GET /cluster/status',
    {},
    rows(
      z.object({
        type: text,
        name: text,
        quorate: maybeFlag,
        online: flag,
      }),
    ),
  ),
  /** What the token may see of it; up to ten seconds old, and for a moment older than at the last look. */
  listResources: route('GET /cluster/resources', {}, rows(resource)),
  /**
   * A free id; nothing is reserved. With `vmid`: refused as `exists` where it is taken, by a guest on whatever node, visible
   * or not; given back where it is free, which proves that there is no such guest.
   */
  getNextId: route('GET /cluster/nextid', { vmid: vmid.optional() }, whole),
  listNodes: route(
    'GET /nodes',
    {},
    rows(z.object({ node: text, status: maybe(text), ssl_fingerprint: maybe(text), maxcpu: maybe(number) })),
  ),
}
