/** `/nodes/{node}/tasks` and `/cluster/tasks`: what goes on, what has ended and how. */

import { anybody, mayHold, mustHold } from '../access/checks.ts'
import { splitAuthId } from '../access/permissions.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, number, param, type Route } from '../api/route.ts'
import { nodeName, taskStatus, vmid } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Row, Task } from '../state.ts'
import { stopTask } from './worker.ts'

const node = formatted(nodeName)
const upid = text()

export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/cluster/tasks', may: anybody, run: clusterTasks },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks',
    params: {
      node,
      ...optional({
        errors: flag(),
        limit: integer(0),
        since: integer(),
        source: oneOf('archive', 'active', 'all'),
        start: integer(0),
        statusfilter: listOf(taskStatus),
        typefilter: text(),
        until: integer(),
        userfilter: text(),
        vmid: integer(100, 999_999_999, { format: vmid }),
      }),
    },
    may: anybody,
    run: nodeTasks,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}',
    params: { node, upid },
    may: anybody,
    anyNode: true,
    run: () => [{ name: 'log' }, { name: 'status' }],
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/status',
    params: { node, upid },
    may: anybody,
    run: call => {
      const task = existing(call)
      mustOwn(call, task, 'Sys.Audit')
      const { endtime: _, ...row } = taskRow(task)
      const running = task.exitstatus === undefined
      return { ...row, status: running ? 'running' : 'stopped', ...(running ? {} : { exitstatus: task.exitstatus }) }
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    params: { node, upid, ...optional({ download: flag(), limit: integer(0), start: integer(0) }) },
    may: anybody,
    run: taskLog,
  },
  {
    method: 'DELETE',
    path: '/nodes/{node}/tasks/{upid}',
    params: { node, upid },
    may: anybody,
    run: call => {
      const task = existing(call)
      mustOwn(call, task, 'Sys.Modify')
      stopTask(call.sim, task.upid)
      return null
    },
  },
]

function clusterTasks(call: Call): Row[] {
  const all = mayHold(call, '/', 'Sys.Audit')
  const recent = call.sim.state.tasks.toReversed().slice(0, 25)
  return recent.map((task): Row => ({ ...taskRow(task), saved: '1' })).filter(row => all || row.user === call.authid)
}

function nodeTasks(call: Call): Row[] {
  const source = given(call, 'source') ?? 'archive'
  const wanted = wantedStatus(call)
  const all = mayHold(call, `/nodes/${param(call, 'node')}`, 'Sys.Audit')
  const matches = (task: Task) => {
    const { user } = splitAuthId(task.user)
    const is = (name: string, holds: (value: string) => boolean) => {
      const value = given(call, name)
      return value === undefined || value === '' || value === '0' || holds(value)
    }
    return (
      task.node === call.node &&
      (task.exitstatus === undefined ? source !== 'archive' : source !== 'active') &&
      (all || isOwner(call, task)) &&
      is('userfilter', value => user.toLowerCase().includes(value.toLowerCase())) &&
      is('typefilter', value => task.type === value) &&
      is('vmid', value => task.id === value) &&
      is('since', value => task.starttime >= Number(value)) &&
      is('until', value => task.starttime <= Number(value)) &&
      wanted.has(statusKind(task.exitstatus))
    )
  }
  const start = number(call, 'start') || 0
  const limit = given(call, 'limit') === undefined ? 50 : number(call, 'limit')
  const found = latestFirst(call.sim.state.tasks.filter(matches))
  call.total = found.length
  return found.slice(start, start + limit).map(task => ({ ...taskRow(task), status: task.exitstatus ?? 'RUNNING' }))
}

/** What still runs, then what has ended, by when it ended. */
function latestFirst(tasks: readonly Task[]): Task[] {
  const order = (task: Task) => task.endtime ?? Number.POSITIVE_INFINITY
  return tasks.toReversed().toSorted((a, b) => (order(a) === order(b) ? 0 : order(b) - order(a)))
}

function wantedStatus(call: Call): Set<string> {
  const filter = given(call, 'statusfilter')
  if (isOn(call, 'errors')) return new Set(['warning', 'error', 'unknown'])
  if (filter !== undefined) return new Set(splitList(filter).map(kind => kind.toLowerCase()))
  return new Set(['ok', 'warning', 'error', 'unknown'])
}

function statusKind(exitstatus: string | undefined): string {
  if (exitstatus === undefined) return 'unknown'
  if (exitstatus === 'OK') return 'ok'
  return exitstatus.startsWith('WARNINGS: ')
    ? 'warning'
    : exitstatus.includes('unexpected status')
      ? 'unknown'
      : 'error'
}

function taskLog(call: Call): Row[] {
  const task = parsed(call)
  mustOwn(call, task, 'Sys.Audit')
  const stored = call.sim.state.tasks.find(({ upid: id }) => id === task.upid)
  if (stored === undefined) {
    call.total = 1
    return [{ n: 1, t: 'unable to open file - No such file or directory' }]
  }
  if (isOn(call, 'download') && (given(call, 'start') ?? given(call, 'limit')) !== undefined) {
    throw failure(`'download' cannot be used together with 'start' or 'limit' parameters`)
  }
  const start = number(call, 'start') || 0
  const limit = given(call, 'limit') === undefined ? 50 : number(call, 'limit')
  const lines = stored.log.map((t, i) => ({ n: i + 1, t }))
  call.total = Math.max(1, lines.length)
  if (lines.length === 0) return [{ n: 1, t: 'no content' }]
  return lines.slice(start, limit === 0 ? undefined : start + limit)
}

type Identity = Pick<Task, 'upid' | 'node' | 'pid' | 'pstart' | 'starttime' | 'type' | 'id' | 'user' | 'endtime'>

export function taskRow({ upid: id, exitstatus, ...task }: Identity & { exitstatus?: string }): Row {
  const { user, token } = splitAuthId(task.user)
  return {
    upid: id,
    node: task.node,
    pid: task.pid,
    pstart: task.pstart,
    starttime: task.starttime,
    type: task.type,
    id: task.id,
    user,
    ...(token === undefined ? {} : { tokenid: token }),
    ...(task.endtime === undefined ? {} : { endtime: task.endtime }),
    ...(exitstatus === undefined ? {} : { status: exitstatus }),
  }
}

const form =
  /^UPID:([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/

function parsed(call: Call): Identity {
  const text = param(call, 'upid')
  const [, nodeOf = '', , pid = '', pstart = '', starttime = '', type = '', id = '', user = ''] = form.exec(text) ?? []
  if (nodeOf === '') throw invalid({ upid: 'unable to parse worker upid' })
  const numbers = { pid: Number.parseInt(pid, 16), pstart: Number.parseInt(pstart, 16) }
  return { upid: text, node: nodeOf, ...numbers, starttime: Number.parseInt(starttime, 16), type, id, user }
}

function existing(call: Call): Task {
  const { upid: id } = parsed(call)
  const task = call.sim.state.tasks.find(each => each.upid === id)
  if (task === undefined) throw invalid({ upid: 'no such task' })
  return task
}

/** A token sees what it started, a user what its tokens started, too. */
function isOwner(call: Call, task: Identity): boolean {
  return call.authid === task.user || call.authid === splitAuthId(task.user).user
}

function mustOwn(call: Call, task: Identity, otherwise: string): void {
  if (!isOwner(call, task)) mustHold(call, `/nodes/${param(call, 'node')}`, [otherwise])
}
