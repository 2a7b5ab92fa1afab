/** Tickets for consoles of guests; what listens behind them is in `server/console.ts`. */

import { isConsoleTicket, newConsoleTicket } from '../access/authenticate.ts'
import { holds } from '../access/checks.ts'
import { ApiError } from '../api/api-error.ts'
import { type Call, isOn, number, param, type Route } from '../api/route.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { flag, integer, oneOf, optional, text } from '../schema/property.ts'
import type { GuestType, Row } from '../state.ts'
import { startTask } from '../tasks/worker.ts'
import { loadGuest } from './config.ts'

const may = holds('/vms/{vmid}', 'VM.Console')
const firstPort = 5900
const waitMs = 10_000

const of = (kind: GuestType): Route[] => {
  const path = `/nodes/{node}/${kind}/{vmid}`
  const isQemu = kind === 'qemu'
  const size = { height: integer(16, 2160), width: integer(16, 4096) }
  return [
    {
      method: 'POST',
      path: `${path}/vncproxy`,
      params: { node, vmid, ...optional({ websocket: flag(), ...(isQemu ? { 'generate-password': flag() } : size) }) },
      may,
      anyNode: true,
      run: call => openConsole(call, kind),
    },
    {
      method: 'POST',
      path: `${path}/termproxy`,
      params: {
        node,
        vmid,
        ...optional(isQemu ? { serial: oneOf('serial0', 'serial1', 'serial2', 'serial3') } : {}),
      },
      may,
      anyNode: true,
      run: call => {
        const { password: _, cert: __, ...terminal } = openConsole(call, kind, false)
        return terminal
      },
    },
    {
      method: 'GET',
      path: `${path}/vncwebsocket`,
      params: { node, vmid, port: integer(5900, 5999), vncticket: text({ maxLength: 512 }) },
      may,
      anyNode: true,
      run: call => {
        const port = number(call, 'port')
        const path = `/vms/${number(call, 'vmid')}`
        if (!isConsoleTicket(call.sim, param(call, 'vncticket'), call.authid, path, port)) {
          throw new ApiError(401, 'permission denied - invalid PVEVNC ticket\n')
        }
        loadGuest(call.sim, kind, param(call, 'node'), number(call, 'vmid'))
        return { port: String(port) }
      },
    },
  ]
}

export const consoleRoutes: readonly Route[] = [...of('qemu'), ...of('lxc')]

/** Somebody has to come within ten seconds, or the task fails. */
function openConsole(call: Call, kind: GuestType, withPassword = true): Row {
  const { sim, authid } = call
  const id = number(call, 'vmid')
  const guest = loadGuest(sim, kind, param(call, 'node'), id)
  const port = freePort(call)
  sim.consoles.add(port)
  const serial = kind === 'qemu' && /^(type=)?serial\d/.test(guest.config.vga ?? '')
  const hasPassword = withPassword && (!serial || isOn(call, 'generate-password') || isOn(call, 'websocket'))
  const password = hasPassword ? sim.random.hex(8) : undefined
  const ticket = newConsoleTicket(sim, authid, `/vms/${id}`, port)
  const upid = startTask(sim, {
    node: call.node,
    type: 'vncproxy',
    id: String(id),
    user: authid,
    ms: waitMs,
    run: () => {
      sim.consoles.delete(port)
      throw new ApiError(500, 'connection timed out\n')
    },
  })
  return {
    user: authid,
    ticket: password === undefined ? ticket : `${password}:${ticket}`,
    port: String(port),
    upid,
    cert: sim.certificate,
    ...(password === undefined ? {} : { password }),
  }
}

function freePort({ sim }: Call): number {
  let port = firstPort
  while (sim.consoles.has(port)) port++
  return port
}
