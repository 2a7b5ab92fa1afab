/** What can go wrong in Proxmox VE while the operator works for a tenant. Pure. */
import type { Fault } from '../../dev/proxmox/faults.ts'
import { PLANE_PACE } from './proxmox-plane.ts'
import { randomBelow } from './random.ts'

/** Of the operator's requests, where an answer comes too late. Of the wall. */
export const SHORT_TIMEOUT_MS = 5000

/** It does what was asked for, when nobody listens any more. */
const LATE: Fault = { kind: 'latency', ms: 1.2 * SHORT_TIMEOUT_MS * PLANE_PACE }
const AT_WRITES: readonly Fault[] = [
  LATE,
  { kind: 'drop-before' },
  { kind: 'drop-after' },
  { kind: 'error', message: 'simulated error' },
  { kind: 'unreachable' },
  { kind: 'error', message: "can't lock file '/var/lock/qemu-server/lock-10000.conf' - got timeout" },
  { kind: 'error', message: 'cluster not ready - no quorum?' },
]
/**
 * A read changes nothing, so that one answered too late, or lost after the effect, is one lost before it; and no read waits for a
 * lock or a quorum. One that is lost is asked once more by the client itself, so that it takes two to be noticed.
 */
const AT_READS: readonly Fault[] = [
  { kind: 'drop-before', times: 2 },
  { kind: 'error', message: 'simulated error' },
  { kind: 'unreachable' },
]
const AT_TASKS: readonly Fault[] = [{ kind: 'task-failure' }, { kind: 'task-hang' }]

export function faultText({ call, task, kind, message, after = 0 }: Fault): string {
  const what = message === undefined ? kind : `${kind} "${message}"`
  return `${what} at ${call ?? task ?? (kind.startsWith('task') ? 'task' : 'call')}, no. ${after + 1}`
}

/**
 * Of every call and every task of a phase, each by its number among those of its route or type. Most reads are the same looks again
 * and again: from the second of its route on, each fails in one of the ways, by turns.
 */
export function faultsOf({ routes, tasks }: { routes: readonly string[]; tasks: readonly string[] }): Fault[] {
  return [
    ...numbered(routes).flatMap(([call, after]) =>
      kindsAt(call, after).map(fault => ({ times: 1, ...fault, call, after })),
    ),
    ...numbered(tasks).flatMap(([task, after]) => AT_TASKS.map(fault => ({ times: 1, ...fault, task, after }))),
  ]
}

function kindsAt(call: string, after: number): readonly Fault[] {
  if (!call.startsWith('GET ')) return AT_WRITES
  return after === 0 ? AT_READS : AT_READS.filter((_, kind) => kind === after % AT_READS.length)
}

/** With how many the same were before. */
function numbered(names: readonly string[]): (readonly [string, number])[] {
  const seen = new Map<string, number>()
  return names.map(name => {
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return [name, before]
  })
}

/** At any call or task. */
export function randomFault(random: () => number): Fault {
  const kinds = [...AT_WRITES, ...AT_TASKS]
  const kind = kinds[randomBelow(random, kinds.length)] as Fault
  // There are many more calls than tasks.
  const after = randomBelow(random, AT_TASKS.includes(kind) ? 4 : 150)
  return { ...kind, after, times: 1 + randomBelow(random, 2) }
}
