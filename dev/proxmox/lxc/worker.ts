/** Tasks that hold a container while they change it. */

import { type Call, number } from '../api/route.ts'
import { loadGuest } from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import type { Guest } from '../state.ts'
import { startTask } from '../tasks/worker.ts'

/** A task of the call's container, which starts by reading its configuration under its lock. */
export function containerTask(call: Call, type: string, run: (guest: Guest) => void): string {
  const id = number(call, 'vmid')
  return startTask(call.sim, {
    node: call.node,
    type,
    id: String(id),
    user: call.authid,
    run: () => withGuestLock(call.sim, 'lxc', id, () => run(loadGuest(call.sim, 'lxc', call.node, id))),
  })
}
