/** One request that this operator makes: its method and path, what it takes and what it gives. */
import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Route<Takes extends z.ZodRawShape = z.ZodRawShape, Gives extends z.ZodType = z.ZodType> {
  readonly method: Method
  /** With `{name}` for parameters, as in Proxmox VE's own documentation. */
  readonly path: string
  readonly takes: z.ZodObject<Takes, z.core.$strict>
  readonly gives: Gives
  /** Parameters whose values never appear in a text, whatever Proxmox VE answers. */
  readonly secret: readonly string[]
}

export type Params<R extends Route> = z.input<R['takes']>
export type Answer<R extends Route> = z.output<R['gives']>

export function route<Takes extends z.ZodRawShape, Gives extends z.ZodType>(
  call: `${Method} /${string}`,
  takes: Takes,
  gives: Gives,
  secret: readonly (keyof Takes & string)[] = [],
): Route<Takes, Gives> {
  const [method, path] = call.split(' ') as [Method, string]
  return { method, path, takes: z.strictObject(takes), gives, secret }
}
