/** What runs in the background. */
import { z } from 'zod'
import { maybe, rows, text, whole } from '../answer-field.ts'
import { node, upid, vmid } from '../parameter.ts'
import { route } from '../route.ts'

export const task = {
  getStatus: route(
    'GET /nodes/{node}/tasks/{upid}/status',
    { node, upid },
    z.object({ status: text, exitstatus: maybe(text), type: maybe(text), id: maybe(text) }),
  ),
  getLog: route(
    'GET /nodes/{node}/tasks/{upid}/log',
    { node, upid, start: z.int().min(0).optional(), limit: z.int().min(1).max(5000).optional() },
    rows(z.object({ n: whole, t: text })),
  ),
  /** The newest first. `status` is the exit status, and absent while it runs. */
  list: route(
    'GET /nodes/{node}/tasks',
    {
      node,
      vmid: vmid.optional(),
      source: z.enum(['archive', 'active', 'all']).optional(),
      limit: z.int().min(1).max(1000).optional(),
    },
    rows(
      z.object({
        upid: text,
        type: maybe(text),
        id: maybe(text),
        status: maybe(text),
        starttime: maybe(whole),
        endtime: maybe(whole),
      }),
    ),
  ),
}
