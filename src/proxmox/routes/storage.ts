/** Storages of a node, and what is on them. */
import { z } from 'zod'
import { flag, list, maybe, maybeFlag, rows, text, whole } from '../answer-field.ts'
import { node, storage as storageId, vmid } from '../parameter.ts'
import { route } from '../route.ts'

export const storage = {
  list: route(
    'GET /nodes/{node}/storage',
    { node, enabled: z.boolean().optional() },
    rows(
      z.object({
        storage: text,
        type: maybe(text),
        content: list,
        shared: flag,
        active: maybeFlag,
        avail: maybe(whole),
        total: maybe(whole),
      }),
    ),
  ),
  listContent: route(
    'GET /nodes/{node}/storage/{storage}/content',
    { node, storage: storageId, content: z.enum(['images', 'rootdir', 'vztmpl']).optional(), vmid: vmid.optional() },
    rows(z.object({ volid: text, content: maybe(text), vmid: maybe(whole), size: maybe(whole), format: maybe(text) })),
  ),
}
