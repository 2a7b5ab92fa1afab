/** From a route and its parameters to the request: pure, so that it can be tested by equality. */
import { ProxmoxError } from './errors.ts'
import type { Method, Params, Route } from './route.ts'

export interface Endpoint {
  readonly method: Method
  /** With the query of a GET or DELETE: these may have no body. */
  readonly path: string
  /** As a form, in the order of the route's table. */
  readonly body?: string
  /** For sentences: without parameters but those of the path. */
  readonly what: string
}

/** Throws a ProxmoxError of kind `invalid` for parameters that are not as the route says; their values are not told. */
export function endpointOf<R extends Route>(route: R, params: Params<R>): Endpoint {
  const { method, path } = route
  const { success, data, error } = route.takes.safeParse(params)
  if (!success) {
    const names = error.issues.map(issue => (issue.path[0] ?? ('keys' in issue ? issue.keys : '?')).toString())
    const why = `it was not sent, for these parameters are not as they must be: ${[...new Set(names)].sort().join(', ')}`
    throw new ProxmoxError({ kind: 'invalid', what: `${method} ${path}`, why, status: 0 })
  }
  const given = data as Readonly<Record<string, unknown>>
  const used = new Set<string>()
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    used.add(name)
    return encodeURIComponent(String(given[name]))
  })
  const rest = Object.keys(route.takes.shape).filter(name => !used.has(name) && given[name] !== undefined)
  const form = rest.map(name => `${name}=${encodeURIComponent(encoded(given[name]))}`).join('&')
  const what = `${method} ${filled}`
  if (method === 'GET' || method === 'DELETE') return { method, path: form === '' ? filled : `${filled}?${form}`, what }
  return { method, path: filled, body: form, what }
}

/** As forms have it: 1 and 0, and lists with commas. */
function encoded(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return Array.isArray(value) ? value.join(',') : String(value)
}
