import { type Call, number } from '../api/route.ts'
import { loadGuest } from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import type { Guest } from '../state.ts'
import { startTask } from '../tasks/worker.ts'

/** Work on the machine that the call names, under its lock; the machine is looked for when the task begins. */
export function machineTask(call: Call, type: string, run: (guest: Guest) => void): string {
  const id = number(call, 'vmid')
  return startTask(call.sim, {
    node: call.node,
    type,
    id: String(id),
    user: call.authid,
    run: () => withGuestLock(call.sim, 'qemu', id, () => run(loadGuest(call.sim, 'qemu', call.node, id))),
  })
}
