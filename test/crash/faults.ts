/** What can go wrong in Proxmox VE while the operator works for a tenant. Pure. */
import type { Fault } from '../../dev/proxmox/faults.ts'
import { PLANE_PACE } from './proxmox-plane.ts'
import { randomBelow } from './random.ts'

/** Of the operator's requests, where an answer comes too late. Of the wall. */
export const SHORT_TIMEOUT_MS = 5000

/** It does what was asked for, when nobody listens any more. */
const LATE: Fault = { kind: 'latency', ms: 1.2 * SHORT_TIMEOUT_MS * PLANE_PACE }
const CALLS: readonly Fault[] = [
  LATE,
  { kind: 'drop-before' },
  { kind: 'drop-after' },
  { kind: 'error', message: 'simulated error' },
  { kind: 'unreachable' },
]
const WRITES: readonly Fault[] = [
  { kind: 'error', message: "can't lock file '/var/lock/qemu-server/lock-10000.conf' - got timeout" },
  { kind: 'error', message: 'cluster not ready - no quorum?' },
]
const TASKS: readonly Fault[] = [{ kind: 'task-failure' }, { kind: 'task-hang' }]

export function faultText({ call, task, kind, message, after = 0 }: Fault): string {
  const what = message === undefined ? kind : `${kind} "${message}"`
  return `${what} at ${call ?? task ?? `${kind.startsWith('task') ? 'task' : 'call'} ${after}`}`
}

/** Of every call and every task of a phase. */
export function faultsOf({ routes, tasks }: { routes: readonly string[]; tasks: readonly string[] }): Fault[] {
  const once = (faults: readonly Fault[], where: Partial<Fault>) =>
    faults.map(fault => ({ ...fault, ...where, times: 1 }))
  return [
    ...routes.flatMap(call => once(call.startsWith('GET ') ? CALLS : [...CALLS, ...WRITES], { call })),
    ...tasks.flatMap(task => once(TASKS, { task })),
  ]
}

/** At any call or task. */
export function randomFault(random: () => number): Fault {
  const kinds = [...CALLS, ...WRITES, ...TASKS]
  const kind = kinds[randomBelow(random, kinds.length)] as Fault
  // There are many more calls than tasks.
  const after = randomBelow(random, TASKS.includes(kind) ? 4 : 150)
  return { ...kind, after, times: 1 + randomBelow(random, 2) }
}
