/** What machines and containers take and give alike. */
import { z } from 'zod'
import { flag, maybe, rows, text } from '../answer-field.ts'
import { comment, digest, ipv4, node, numbered, poolId, properties, storage, tag, vmid } from '../parameter.ts'

export const guest = { node, vmid }

export const guestConfig = {
  description: comment.optional(),
  cores: z.int().min(1).max(1024).optional(),
  /** MiB. */
  memory: z.int().min(16).max(67_108_864).optional(),
  tags: z.array(tag).max(32).optional(),
  onboot: z.boolean().optional(),
  protection: z.boolean().optional(),
  startup: properties.optional(),
  ...numbered('net', 8, properties),
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

/** What a change takes beside the configuration. */
export const guestChange = {
  delete: z
    .array(z.string().regex(/^[a-z]+\d{0,2}$/))
    .max(64)
    .optional(),
  digest: digest.optional(),
}

/** Linked without `full`, which takes no storage. */
export const guestClone = {
  description: comment.optional(),
  pool: poolId.optional(),
  full: z.boolean().optional(),
  storage: storage.optional(),
  target: node.optional(),
}

/** One or several public keys, a line each. */
export const sshKeys = z.string().regex(/^[\x20-\x7e\n]{1,16384}$/)

export const pendingChanges = rows(z.object({ key: text, value: maybe(text), pending: maybe(text), delete: flag }))
