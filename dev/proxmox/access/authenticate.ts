/** Tickets and tokens: who a request comes from. */

import { createHmac } from 'node:crypto'
import { ApiError, Bare } from '../api/api-error.ts'
import { header, type RawRequest } from '../api/request.ts'
import { seconds } from '../clock.ts'
import type { Simulation } from '../simulation.ts'
import type { User } from '../state.ts'
import { splitAuthId } from './permissions.ts'

const withoutLogin = new Set([
  'GET /access/domains',
  'GET /access/ticket',
  'POST /access/ticket',
  'POST /access/vncticket',
  'POST /access/openid/login',
  'POST /access/openid/auth-url',
])
const ticketLifetimeSeconds = 2 * 3600
/** Clocks of other nodes may be a little ahead. */
const ticketAheadSeconds = 300

/** The user or token; empty where none is needed. Throws a 401 without a body. */
export function authenticate(sim: Simulation, request: RawRequest, path: string): string {
  if (withoutLogin.has(`${request.method} ${path}`)) return ''
  const authorization = header(request, 'authorization')
  const ticket = credential('PVEAuthCookie', header(request, 'cookie')) ?? credential('PVEAuthCookie', authorization)
  if (ticket !== undefined) return userOfTicket(sim, request, ticket)
  const token = credential('PVEAPIToken', authorization)
  if (token === undefined) throw new Bare(401, 'No ticket')
  return ownerOfToken(sim, token)
}

function userOfTicket(sim: Simulation, request: RawRequest, ticket: string): string {
  const user = verifiedTicket(sim, ticket)
  if (user === undefined || !isEnabled(sim, user)) throw failed()
  const csrf = header(request, 'csrfpreventiontoken')
  if (request.method !== 'GET' && (csrf === undefined || !isCsrfToken(sim, user, csrf))) {
    throw new Bare(401, 'Permission denied - invalid csrf token')
  }
  return user
}

function ownerOfToken(sim: Simulation, text: string): string {
  const [, authid = '', secret = ''] = /^(.*)=(.*)$/.exec(text) ?? []
  const { user, token: id } = splitAuthId(authid)
  const token = sim.state.users[user]?.tokens[id ?? '']
  if (!isEnabled(sim, user) || token === undefined || token.secret !== secret) throw failed()
  if (token.expire !== 0 && token.expire < seconds(sim.clock)) throw failed()
  return authid
}

const failed = () => new Bare(401, 'Authentication failed!')

export function isEnabled(sim: Simulation, userid: string): boolean {
  const user: User | undefined = sim.state.users[userid]
  if (user === undefined || user.enable === 0) return false
  return user.expire === 0 || user.expire >= seconds(sim.clock)
}

/** `PVE:<user>:<time>::<signature>`; for consoles `PVEVNC:<time>::<signature>` over user and path. */
export function newTicket(sim: Simulation, user: string): string {
  const text = `PVE:${user}:${stamp(sim)}`
  return `${text}::${signature(sim, text)}`
}

export function verifiedTicket(sim: Simulation, ticket: string): string | undefined {
  const [, text = '', user, time = '', sign] = /^(PVE:(\S+):([0-9A-F]{8}))::(\S+)$/.exec(ticket) ?? []
  if (user === undefined || sign !== signature(sim, text) || !isCurrent(sim, time)) return undefined
  return user
}

export function newConsoleTicket(sim: Simulation, authid: string, path: string, port: number): string {
  const text = `PVEVNC:${stamp(sim)}`
  return `${text}::${signature(sim, `${text}:${authid}:${path}:${port}`)}`
}

export function isConsoleTicket(sim: Simulation, ticket: string, authid: string, path: string, port: number): boolean {
  const [, text = '', time = '', sign] = /^(?:[^:]{8}:)?(PVEVNC:([0-9A-F]{8}))::(\S+)$/.exec(ticket) ?? []
  if (sign === undefined || seconds(sim.clock) - Number.parseInt(time, 16) > 40) return false
  return sign === signature(sim, `${text}:${authid}:${path}:${port}`)
}

export function newCsrfToken(sim: Simulation, user: string): string {
  const time = stamp(sim)
  return `${time}:${signature(sim, `${time}:${user}`)}`
}

function isCsrfToken(sim: Simulation, user: string, token: string): boolean {
  const [, time = '', sign] = /^([0-9A-F]{8}):(\S+)$/.exec(token) ?? []
  return sign === signature(sim, `${time}:${user}`) && isCurrent(sim, time)
}

const stamp = (sim: Simulation) => seconds(sim.clock).toString(16).toUpperCase().padStart(8, '0')

function isCurrent(sim: Simulation, time: string): boolean {
  const age = seconds(sim.clock) - Number.parseInt(time, 16)
  return age > -ticketAheadSeconds && age < ticketLifetimeSeconds
}

const signature = (sim: Simulation, text: string) =>
  createHmac('sha512', sim.ticketKey).update(text).digest('base64').replaceAll('=', '')

/** A cookie, or the same form in the `Authorization` header. */
function credential(name: string, text: string | undefined): string | undefined {
  const [, value] = new RegExp(`(?:^|\\s)${name}[= ]([^;]*)`).exec(text ?? '') ?? []
  if (value === undefined || value === '') return undefined
  return safelyDecoded(value)
}

function safelyDecoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** Wrong name or password: a 401 with a body. */
export const wrongPassword = () => new ApiError(401, 'authentication failure\n')
