/** One write of the limit, as plain data, so that it can be handed to a process of its own. Pure. */
import type { KubeObject, ObjectRef } from '../../src/plan/object.ts'

export type Write =
  | { readonly verb: 'apply'; readonly object: KubeObject; readonly manager: string; readonly subresource?: 'status' }
  | { readonly verb: 'create'; readonly object: KubeObject; readonly manager: string }
  | { readonly verb: 'patch'; readonly ref: ObjectRef; readonly patch: Record<string, unknown> }

/** In order, for each tenant; made for the tenant `model`, whose name is as long as the others'. */
export interface WriteList {
  readonly model: string
  readonly install: readonly Write[]
  readonly upgrade: readonly Write[]
}

/** What is written for `tenant`. The model's name inside of Helm's packed record stays: only its size matters. */
export function writesFor(tenant: string, model: string, writes: readonly Write[]): Write[] {
  return JSON.parse(JSON.stringify(writes).replaceAll(model, tenant)) as Write[]
}
