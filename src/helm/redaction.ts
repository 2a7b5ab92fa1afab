/** Takes the values of a release out of what helm says about them. Pure. */

/** Shorter ones are no secrets, and taking them out would leave no name and no sentence whole. */
const SHORTEST = 8
const MARK = '[value]'

/** `known` are names that are in the command line anyway. */
export function withoutValues(text: string, values: unknown, known: readonly string[] = []): string {
  const written = new Set(leaves(values).flatMap(spellings))
  return [...written]
    .filter(value => value.length >= SHORTEST && !known.some(name => name.includes(value)))
    .sort((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, MARK), text)
}

function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  if (value === null || typeof value === 'boolean' || value === undefined) return []
  return [String(value), ...(typeof value === 'string' ? leaves(fieldsOf(value)) : [])]
}

/** A text may be a whole document, such as a `.dockerconfigjson`, of which the words of a program repeat one field. */
function fieldsOf(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return loginOf(text)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Name and password as `auth` has them. */
function loginOf(text: string): string[] {
  if (!BASE64.test(text)) return []
  const login = Buffer.from(text, 'base64').toString()
  const colon = login.indexOf(':')
  return colon < 0 || !PRINTABLE.test(login) ? [] : [login, login.slice(0, colon), login.slice(colon + 1)]
}

const BASE64 = /^[A-Za-z0-9+/]{4,}={0,2}$/
const PRINTABLE = /^[\x20-\x7e]+$/

/** As it is, as a quoted string has it, and in base 64; a text of several lines also line by line. */
function spellings(value: string): string[] {
  const lines = value.split('\n').map(line => line.trim())
  return [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64'), ...lines]
}
