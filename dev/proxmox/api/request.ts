/** Reads what came over HTTP: path, credentials, parameters. */

import type { Value, Values } from '../schema/validation.ts'
import { Bare, plain } from './api-error.ts'
import { jsonFault } from './json-fault.ts'

export interface RawRequest {
  method: string
  /** Path and query as they came. */
  url: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
}

const largestBody = 512 * 1024

export const header = (request: RawRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join('; ') : value
}

export function pathOf(request: RawRequest): string {
  const [path = ''] = request.url.split('?')
  return unescaped(path)
}

/** Throws for methods and bodies that are refused whatever they say. */
export function refuseForm(request: RawRequest): void {
  const { method } = request
  if (!['GET', 'HEAD', 'POST', 'PUT', 'DELETE'].includes(method)) {
    throw new Bare(501, `method '${method}' not available`)
  }
  const encoding = header(request, 'transfer-encoding')
  if (encoding?.toLowerCase() === 'chunked') throw plain(501, 'chunked transfer encoding not supported')
}

export function refuseBody(request: RawRequest): void {
  const { method, body } = request
  if (body.length === 0) return
  if (!takesBody(method)) throw plain(501, `Unexpected content for method '${method}'`)
  if (body.length > largestBody) throw plain(501, 'for data too large')
  const type = header(request, 'content-type')
  if (!['', 'application/x-www-form-urlencoded', 'application/json'].includes(mediaType(request))) {
    throw plain(506, `upload 'Content-Type '${type}' not implemented`)
  }
}

/** Of body and query; the query wins. */
export function parametersOf(request: RawRequest): Values {
  const [, query = ''] = request.url.split(/\?(.*)/s)
  const values = { ...(takesBody(request.method) ? bodyOf(request) : {}), ...decodeForm(query) }
  delete values._dc
  return values
}

function bodyOf(request: RawRequest): Values {
  const text = request.body.toString('utf8')
  if (mediaType(request) !== 'application/json') return decodeForm(text)
  const fault = jsonFault(text)
  if (fault !== undefined) throw plain(500, `${fault}\n`)
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values
  const isText = typeof value === 'string' || typeof value === 'number'
  throw plain(
    500,
    isText ? `Can't use string ("${value}") as a HASH ref while "strict refs" in use\n` : 'Not a HASH reference\n',
  )
}

function mediaType(request: RawRequest): string {
  return (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

const takesBody = (method: string) => method === 'POST' || method === 'PUT'

/** A name that comes twice makes a list. */
function decodeForm(text: string): Values {
  const values: Values = {}
  for (const pair of text.split(/[&;]/).filter(part => part !== '')) {
    const [, rawName = '', rawValue] = /^([^=]*)(?:=([^=]*))?/.exec(pair) ?? []
    const name = decoded(rawName)
    const value: Value = rawValue === undefined ? undefined : decoded(rawValue)
    const before = values[name]
    values[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return values
}

const decoded = (text: string) => unescaped(text.replaceAll('+', ' '))

/** Unlike `decodeURIComponent`, takes a lone percent sign for what it is. */
function unescaped(text: string): string {
  const bytes = text.replace(/(?:%[0-9a-fA-F]{2})+/g, run =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return bytes
}
