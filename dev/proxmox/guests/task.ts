/** Tasks that hold a guest while they change it. */

import { type Call, number } from '../api/route.ts'
import type { Guest } from '../state.ts'
import { startTask } from '../tasks/worker.ts'
import { loadGuest } from './config.ts'
import { withGuestLock } from './lock.ts'

/** Work on the guest that the call names, under its lock; the guest is looked for when the task begins. */
export function guestTask(
  call: Call,
  kind: Guest['type'],
  type: string,
  run: (guest: Guest) => Promise<void> | void,
): string {
  const id = number(call, 'vmid')
  return startTask(call.sim, {
    node: call.node,
    type,
    id: String(id),
    user: call.authid,
    run: () => withGuestLock(call.sim, kind, id, () => run(loadGuest(call.sim, kind, call.node, id))),
  })
}
