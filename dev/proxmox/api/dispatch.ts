/** From a request to an answer: who asks, which route, may they, are the parameters right, what comes of it. */

import { authenticate } from '../access/authenticate.ts'
import { type Values, validated } from '../schema/validation.ts'
import type { Simulation } from '../simulation.ts'
import { ApiError, Bare, failure, forbidden, invalid, plain } from './api-error.ts'
import { hasRoute, type Routes } from './match.ts'
import { parametersOf, pathOf, type RawRequest, refuseBody, refuseForm } from './request.ts'
import type { Call } from './route.ts'

export interface Answer {
  status: number
  /** The first line goes into the status line. */
  reason: string
  /** Text is sent as it is; undefined: an empty body. */
  body?: Record<string, unknown> | string
}

const base = '/api2/json'

/** `local` is the node whose API was asked. */
export async function answerTo(sim: Simulation, routes: Routes, request: RawRequest, local: string): Promise<Answer> {
  try {
    refuseForm(request)
    const path = pathOf(request)
    if (!path.startsWith(`${base}/`) && path !== base) throw plain(501, 'no such uri')
    const relative = path.slice(base.length) || '/'
    const authid = authenticate(sim, request, relative)
    refuseBody(request)
    return await dispatch(sim, routes, request, { authid, local, path: relative })
  } catch (error) {
    return await refusal(sim, error)
  }
}

async function dispatch(
  sim: Simulation,
  routes: Routes,
  request: RawRequest,
  { authid, local, path }: { authid: string; local: string; path: string },
): Promise<Answer> {
  const { method } = request
  const given = parametersOf(request)
  const found = hasRoute(routes, method, path)
  if (found === undefined) throw new ApiError(501, `Method '${method} ${path}' not implemented`)
  const { route, uri } = found
  const call: Call = { sim, authid, node: local, method, path, params: merged(uri, given) }
  if (route.onlyTickets && isToken(request)) {
    throw forbidden(`URI '${path}' not available with API token, need proper ticket.\n`)
  }
  if (authid !== 'root@pam') route.may(call)
  if (uri.node !== undefined && !route.anyNode) await reach(call, String(uri.node))
  call.params = validated(call.params, route.params ?? {})
  const data = await route.run(call)
  return {
    status: 200,
    reason: 'OK',
    body: { ...(!call.total ? {} : { total: call.total }), data: data ?? null },
  }
}

function merged(uri: Values, given: Values): Values {
  for (const [name, value] of Object.entries(uri)) {
    if (given[name] !== undefined && given[name] !== null && String(given[name]) !== String(value)) {
      throw invalid({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' })
    }
  }
  return { ...given, ...uri }
}

/** The call is handed on to the node it names. */
async function reach(call: Call, name: string): Promise<void> {
  const { sim } = call
  if (name === 'localhost' || name === call.node) return
  const node = sim.state.nodes.find(each => each.node === name)
  if (node === undefined) {
    const why = `failed to get address info for: ${name}: Temporary failure in name resolution`
    throw failure(`hostname lookup '${name}' failed - ${why}`)
  }
  if (!node.online) {
    await sim.clock.sleep(sim.options.unreachableMs)
    throw new Bare(595, 'No route to host')
  }
  call.node = name
}

const isToken = ({ headers }: RawRequest) => String(headers.authorization ?? '').startsWith('PVEAPIToken=')

async function refusal(sim: Simulation, error: unknown): Promise<Answer> {
  const { status, message, errors } = error instanceof ApiError ? error : failure(`internal error: ${error}`)
  if (status === 401) await sim.clock.sleep(sim.options.refusalMs)
  const [reason = ''] = message.split('\n')
  if (/\r/.test(reason)) return { status: 400, reason: 'Bad Request' }
  if (error instanceof Bare) return { status, reason, ...(error.text === undefined ? {} : { body: error.text }) }
  const fields = errors === undefined ? {} : { errors }
  return {
    status,
    reason,
    body: { data: null, ...(sim.options.apiVersion === 8 ? {} : { message }), ...fields },
  }
}
