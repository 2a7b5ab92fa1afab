/** Tasks that hold a guest while they change it. */

import { type Call, number } from '../api/route.ts'
import type { Guest } from '../state.ts'
import { type RunningTask, startTask, type TaskRequest } from '../tasks/worker.ts'
import { loadGuest } from './config.ts'
import { withGuestLock } from './lock.ts'

export type LockedTask = Pick<TaskRequest, 'type' | 'undo'> & {
  kind: Guest['type']
  run: (task: RunningTask, vmid: number) => Promise<void> | void
}

/** Work on the id that the call names, under the lock of its guest. */
export function lockedTask(call: Call, { kind, run, ...task }: LockedTask): string {
  const id = number(call, 'vmid')
  return startTask(call.sim, {
    ...task,
    node: call.node,
    id: String(id),
    user: call.authid,
    run: running => withGuestLock(call.sim, kind, id, () => run(running, id)),
  })
}

/** The guest is looked for when the task begins. */
export function guestTask(
  call: Call,
  kind: Guest['type'],
  type: string,
  run: (guest: Guest) => Promise<void> | void,
): string {
  return lockedTask(call, { kind, type, run: (_, id) => run(loadGuest(call.sim, kind, call.node, id)) })
}
