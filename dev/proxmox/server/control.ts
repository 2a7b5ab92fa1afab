/** `/sim/…`: what a test, or a person with curl, does to the simulation itself. */

import type { ServerResponse } from 'node:http'
import { pathOf, type RawRequest } from '../api/request.ts'
import type { Fault } from '../faults.ts'
import type { State } from '../state.ts'

export interface Controls {
  nodeDown(node: string): void
  nodeUp(node: string): void
  /** False: as after the loss of the others' links, though every node answers. */
  quorum(isThere: boolean): void
  /** As something else that works on the guest would; undefined takes it away. */
  lock(vmid: number, lock: string | undefined): void
  inject(...faults: Fault[]): void
  clearFaults(): void
  /** Those of the injected that came to pass. */
  metFaults(): Fault[]
  /** A copy. */
  dump(): State
  /** Back to the state given, or to the one it started from. */
  reset(state?: State): void
}

/** True where the request was one of these. */
export async function answerControl(
  controls: Controls,
  request: RawRequest,
  response: ServerResponse,
): Promise<boolean> {
  const path = pathOf(request)
  if (!path.startsWith('/sim/')) return false
  const reply = (status: number, body: unknown) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }
  try {
    const body: unknown = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'))
    const action = `${request.method} ${path}`
    if (action === 'GET /sim/state') reply(200, controls.dump())
    else if (action === 'POST /sim/reset') reply(200, controls.reset())
    else if (action === 'POST /sim/control') reply(200, command(controls, body))
    else if (action === 'POST /sim/faults') reply(200, controls.inject(...(body as Fault[])))
    else if (action === 'DELETE /sim/faults') reply(200, controls.clearFaults())
    else reply(404, { error: `there is no ${action}` })
  } catch (error) {
    reply(400, { error: String(error) })
  }
  return true
}

function command(controls: Controls, body: unknown): void {
  const { action, node = '' } = body as { action?: string; node?: string }
  runCommand(controls, `${action} ${node}`)
}

/** `node-down pve2`, `node-up pve2`, `no-quorum`, `quorum`, `lock 100 backup`, `unlock 100`, `reset`; throws for anything else. */
export function runCommand(controls: Controls, line: string): void {
  const [action, first = '', second] = line.trim().split(/\s+/)
  if (action === 'node-down') controls.nodeDown(first)
  else if (action === 'node-up') controls.nodeUp(first)
  else if (action === 'reset') controls.reset()
  else if (action === 'no-quorum') controls.quorum(false)
  else if (action === 'quorum') controls.quorum(true)
  else if (action === 'lock') controls.lock(Number(first), second)
  else if (action === 'unlock') controls.lock(Number(first), undefined)
  else throw new Error(`there is no command ${line}`)
}
