/**
 * What became of a task. Nothing waits here: a task is looked at once, and again in the next pass. Nobody has to remember
 * its id either: after a crash or a lost answer, the tasks of a guest are found by the guest.
 */
import type { Proxmox } from './client.ts'
import type { Refusal } from './errors.ts'
import { isMissing } from './errors.ts'
import { taskRefusal } from './refusal.ts'
import { task as route } from './routes/task.ts'

/** `UPID:node:pid:pstart:start:type:id:user:`, the numbers in hexadecimal. */
export interface Upid {
  readonly node: string
  /** Such as qmclone. */
  readonly type: string
  /** The guest it works on; of a clone, the one that is copied. Empty for tasks of no guest. */
  readonly id: string
  readonly user: string
  readonly startedAt: Date
}

export type TaskState =
  | { readonly state: 'running' }
  /** `warnings` may be zero. */
  | { readonly state: 'done'; readonly warnings: number }
  /** `refusal.why` is the exit status, and `line` what the log says of it, where it says more. */
  | { readonly state: 'failed'; readonly refusal: Refusal; readonly line?: string }
  /** Proxmox VE knows no such task any more: look at what it was to do. */
  | { readonly state: 'forgotten' }

const UPID = /^UPID:([^:\s/]+):[0-9A-F]{8}:[0-9A-F]{8,9}:([0-9A-F]{8}):(\w+):([^:\s]*):([^:\s]+):$/

export function parseUpid(upid: string): Upid | undefined {
  const [, node, start, type, id, user] = UPID.exec(upid) ?? []
  if (node === undefined || start === undefined || type === undefined || user === undefined) return undefined
  return { node, type, id: id ?? '', user, startedAt: new Date(Number.parseInt(start, 16) * 1000) }
}

/** `OK` and `WARNINGS: 2` are success. */
export function taskStateOf(status: string, exitStatus: string | undefined, log: readonly string[] = []): TaskState {
  if (status === 'running') return { state: 'running' }
  const exit = exitStatus ?? 'it ended without an exit status'
  const [, warnings] = /^WARNINGS: (\d+)$/.exec(exit) ?? []
  if (exit === 'OK' || warnings !== undefined) return { state: 'done', warnings: Number(warnings ?? 0) }
  const line = decisiveLine(log, exit)
  return { state: 'failed', refusal: taskRefusal(exit), ...(line === undefined ? {} : { line }) }
}

/**
 * The last line of a failed task's log that speaks of an error without repeating the exit status. Some tasks end with
 * `job errors` and say above what they were.
 */
export function decisiveLine(log: readonly string[], exitStatus: string): string | undefined {
  const lines = log.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('TASK '))
  const telling = lines.filter(line => !line.includes(exitStatus))
  return telling.findLast(line => /\berror|\bfail|cannot|can't|unable/i.test(line))?.slice(0, 500)
}

/** Throws a ProxmoxError where the task cannot be looked at, such as when its node does not answer. */
export async function observeTask(proxmox: Proxmox, upid: string): Promise<TaskState> {
  const node = parseUpid(upid)?.node
  if (node === undefined) return { state: 'forgotten' }
  try {
    const { status, exitstatus } = await proxmox.call(route.getStatus, { node, upid })
    const state = taskStateOf(status, exitstatus)
    if (state.state !== 'failed') return state
    const log = await proxmox.call(route.getLog, { node, upid, limit: LOG_LINES })
    return taskStateOf(
      status,
      exitstatus,
      log.map(({ t }) => t),
    )
  } catch (error) {
    if (isMissing(error)) return { state: 'forgotten' }
    throw error
  }
}

const LOG_LINES = 500

export interface GuestTask {
  readonly upid: string
  readonly type: string
  readonly state: TaskState
}

/** The tasks of a guest on a node that the token may see, the newest first: what still runs, and how the last ones ended. */
export async function observeGuestTasks(
  proxmox: Proxmox,
  guest: { readonly node: string; readonly vmid: number },
): Promise<GuestTask[]> {
  const found = await proxmox.call(route.list, { ...guest, source: 'all', limit: 20 })
  return found.map(({ upid, type, status, endtime }) => ({
    upid,
    type: type ?? parseUpid(upid)?.type ?? '',
    state: taskStateOf(endtime === undefined ? 'running' : 'stopped', status),
  }))
}
