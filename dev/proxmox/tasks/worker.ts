/** Tasks: work that goes on after the answer, known by its UPID. */

import { textOf } from '../api/api-error.ts'
import { seconds } from '../clock.ts'
import type { Simulation } from '../simulation.ts'
import type { Task } from '../state.ts'

export interface TaskRequest {
  node: string
  type: string
  id: string
  /** A user or a token. */
  user: string
  /** Of the simulation; what it takes at least, before `run` is called. */
  ms?: number
  run: (task: RunningTask) => Promise<void> | void
  /** Of what was made before the task began; where it fails or is stopped, at whatever moment. */
  undo?: () => void
}

export interface RunningTask {
  upid: string
  log(line: string): void
  /** Ends with an error when the task is stopped. */
  sleep(ms: number): Promise<void>
  warn(line: string): void
}

/** The tasks that are not over, and what stops each. */
export type Running = Map<string, AbortController>
export type Ends = Map<string, Promise<void>>

const interrupted = 'received interrupt'
const powerLost = new Error('the node lost its power')

/** Starts the work and answers with its UPID at once. */
export function startTask(sim: Simulation, { node, type, id, user, ms, run, undo }: TaskRequest): string {
  const record = newTask(sim, { node, type, id, user })
  const stop = new AbortController()
  sim.running.set(record.upid, stop)
  let warnings = 0
  const task: RunningTask = {
    upid: record.upid,
    log: line => record.log.push(line),
    sleep: time => sim.clock.sleep(time, stop.signal).catch(unlessPowerLost),
    warn: line => {
      warnings++
      record.log.push(`WARN: ${line}`)
    },
  }
  const work = async () => {
    const fault = sim.faults.ofTask(type)
    if (fault === 'hang') await stopped(stop.signal).catch(unlessPowerLost)
    await task.sleep(ms ?? sim.options.taskMs)
    if (fault !== undefined) throw new Error(fault)
    await run(task)
  }
  const ended = work().then(
    () => end(sim, record, warnings > 0 ? `WARNINGS: ${warnings}` : 'OK'),
    error => {
      undo?.()
      end(sim, record, stop.signal.aborted ? interrupted : textOf(error).replace(/\n$/, '').replaceAll('\n', ' '))
    },
  )
  const lost = stopped(stop.signal).catch(error => (error === powerLost ? undefined : ended))
  sim.ends.set(record.upid, Promise.race([ended, lost]))
  return record.upid
}

/** Rejects when the task is stopped. */
function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

/** What a node without power was at neither goes on nor ends: not even what would undo it. */
function unlessPowerLost(error: unknown): Promise<never> {
  return error === powerLost ? new Promise<never>(() => {}) : Promise.reject(error)
}

/** The tasks of a node whose power is gone. Nobody wrote down how they ended. */
export function losePower(sim: Simulation, node: string): void {
  for (const task of sim.state.tasks.filter(each => each.node === node && sim.running.has(each.upid))) {
    sim.running.get(task.upid)?.abort(powerLost)
    sim.running.delete(task.upid)
    sim.ends.delete(task.upid)
    sim.guestLocks.delete(Number(task.id))
    task.endtime = seconds(sim.clock)
    task.exitstatus = 'unexpected status'
  }
}

/** Resolves when the task is over, whatever came of it. */
export async function taskEnd(sim: Simulation, upid: string): Promise<void> {
  await sim.ends.get(upid)
}

/** As a SIGTERM would; what has ended stays as it is. */
export function stopTask(sim: Simulation, upid: string): void {
  sim.running.get(upid)?.abort(new Error(interrupted))
}

function newTask(sim: Simulation, { node, type, id, user }: Pick<TaskRequest, 'node' | 'type' | 'id' | 'user'>): Task {
  const { state, clock, random } = sim
  const starttime = seconds(clock)
  const pid = 2000 + state.tasks.length * 3 + random.below(3)
  const pstart = Math.floor(clock.now() / 10) % 0x7fffffff
  const upid = `UPID:${[node, hex(pid), hex(pstart), hex(starttime), type, id, user].join(':')}:`
  const task: Task = { upid, node, pid, pstart, starttime, type, id, user, log: [] }
  state.tasks.push(task)
  return task
}

const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0')

function end(sim: Simulation, task: Task, exitstatus: string): void {
  sim.running.delete(task.upid)
  sim.ends.delete(task.upid)
  task.endtime = seconds(sim.clock)
  task.exitstatus = exitstatus
  if (exitstatus === 'OK') task.log.push('TASK OK')
  else if (exitstatus.startsWith('WARNINGS')) task.log.push('', `TASK ${exitstatus}`)
  else task.log.push(...(task.log.length === 0 ? [] : ['']), `TASK ERROR: ${exitstatus}`)
}
