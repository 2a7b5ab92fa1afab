/** Kinds of parameters, as strict as Proxmox VE or stricter, so that nothing malformed is ever sent. */
import { z } from 'zod'

export const vmid = z.int().min(100).max(999_999_999)
export const node = z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/)
export const storage = z.string().regex(/^[a-zA-Z][a-zA-Z0-9._-]{0,98}[a-zA-Z0-9]$/)
/** At most three levels, such as tenants/acme. */
export const poolId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,62}){0,2}$/)
/** 64 characters at most. */
export const userId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,61}@[A-Za-z][A-Za-z0-9._-]{1,15}$/)
export const groupId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/)
export const roleId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/)
export const accessPath = z.string().regex(/^(?:\/|(?:\/[A-Za-z0-9._-]+){1,4})$/)
/** Zones and vnets. */
export const networkId = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]{1,7}$/)
export const upid = z
  .string()
  .regex(/^UPID:[a-zA-Z0-9-]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:\w+:[^:\s/]*:[^:\s/]+:$/)
export const dnsName = z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/)
export const digest = z.string().regex(/^[0-9a-f]{40}$/)
/** A volume such as local:vztmpl/debian-12.tar.zst. */
export const volumeId = z.string().regex(/^[a-zA-Z][a-zA-Z0-9._-]*:[A-Za-z0-9._/-]{1,200}$/)
export const comment = z.string().max(256)
/** `key=value,…`, whose parts the caller knows. */
export const properties = z.string().regex(/^[\x21-\x7e]{1,512}$/)
export const tag = z.string().regex(/^[a-z0-9_][a-z0-9_.+-]{0,62}$/)
export const ipv4 = z.ipv4()
export const ipv4Network = z.cidrv4()
/** Absolute, such as 12G: growing by a difference would grow twice when it is done twice. */
export const diskSize = z.string().regex(/^[1-9][0-9]{0,5}[MGT]$/)
export const seconds = z.int().min(0).max(86_400)

/** `net0`, `net1`, …: as many as are ever used. */
export function numbered<Name extends string, Schema extends z.ZodType>(name: Name, count: number, schema: Schema) {
  const keys = Array.from({ length: count }, (_, index) => `${name}${index}` as `${Name}${number}`)
  return Object.fromEntries(keys.map(key => [key, schema.optional()])) as Record<
    `${Name}${number}`,
    z.ZodOptional<Schema>
  >
}
