/** `/access/users/{userid}/token`: the tokens of programs. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, chosen, given, isOn, param, type Route } from '../api/route.ts'
import { configId, tokenSubId } from '../schema/formats.ts'
import { flag, integer, listOf, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { withUserConfig } from '../simulation.ts'
import type { Row, Token } from '../state.ts'
import { either, isSelf, modifiesUser } from './checks.ts'
import { existingUser, tokenRows, userid } from './user-routes.ts'

const tokenid = text({ pattern: tokenSubId })
const about: Parameters = optional({ comment: text(), expire: integer(0), privsep: flag() })
const may = either(isSelf, modifiesUser(['User.Modify']))
const path = '/access/users/{userid}/token/{tokenid}'

export const tokenRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/access/users/{userid}/token',
    params: { userid },
    may,
    run: call => tokenRows(existingUser(call)) ?? [],
  },
  { method: 'GET', path, params: { userid, tokenid }, may, run: call => shown(existingToken(call)) },
  { method: 'POST', path, params: { userid, tokenid, ...about }, may, run: createToken },
  {
    method: 'PUT',
    path,
    params: { userid, tokenid, ...about, ...optional({ delete: listOf(configId), regenerate: flag() }) },
    may,
    run: updateToken,
  },
  {
    method: 'DELETE',
    path,
    params: { userid, tokenid },
    may,
    run: async call => {
      existingToken(call)
      await withUserConfig(call.sim, 'deleting token failed', () => deleteToken(call))
    },
  },
]

function existingToken(call: Call): Token {
  const id = param(call, 'tokenid')
  const token = existingUser(call).tokens[id]
  if (token === undefined) throw failure(`no such token '${id}' for user '${param(call, 'userid')}'`)
  return token
}

const shown = ({ secret: _, ...rest }: Token): Row => rest
const fullId = (call: Call) => `${param(call, 'userid')}!${param(call, 'tokenid')}`

async function createToken(call: Call): Promise<Row> {
  const { sim } = call
  const user = existingUser(call)
  const id = param(call, 'tokenid')
  if (user.tokens[id] !== undefined) throw invalid({ tokenid: 'Token already exists.' })
  const comment = given(call, 'comment')
  const token = await withUserConfig(sim, 'generating token failed', () => {
    const made: Token = {
      secret: sim.random.uuid(),
      privsep: Number(given(call, 'privsep') ?? 1),
      expire: Number(given(call, 'expire') ?? 0),
      ...(comment ? { comment } : {}),
    }
    user.tokens[id] = made
    return made
  })
  const info = { privsep: 1, ...asGiven(call, ['privsep', 'expire']), ...(comment ? { comment } : {}) }
  return { info, value: token.secret, 'full-tokenid': fullId(call) }
}

/** Answers show what was sent as it was sent, and the rest as it is kept. */
const asGiven = (call: Call, names: readonly string[]): Row =>
  Object.fromEntries(Object.keys(chosen(call, names)).map(name => [name, call.params[name]]))

async function updateToken(call: Call): Promise<Row> {
  const { sim } = call
  const token = existingToken(call)
  await withUserConfig(sim, 'updating token info failed', () => {
    const { privsep, expire, comment } = chosen(call, ['privsep', 'expire', 'comment'])
    const unknown = splitList(given(call, 'delete') ?? '').find(name => name !== 'comment')
    if (unknown !== undefined) throw invalid({ delete: `unknown option '${unknown}'` })
    if (privsep !== undefined) token.privsep = Number(privsep)
    if (expire !== undefined) token.expire = Number(expire)
    if (comment !== undefined) token.comment = comment
    if (!token.comment || given(call, 'delete')) delete token.comment
    if (isOn(call, 'regenerate')) token.secret = sim.random.uuid()
  })
  const row = { ...shown(token), ...asGiven(call, ['privsep', 'expire']) }
  return isOn(call, 'regenerate') ? { ...row, value: token.secret, 'full-tokenid': fullId(call) } : row
}

function deleteToken(call: Call): null {
  const { state } = call.sim
  delete existingUser(call).tokens[param(call, 'tokenid')]
  state.acl = state.acl.filter(({ type, ugid }) => type !== 'token' || ugid !== fullId(call))
  return null
}
