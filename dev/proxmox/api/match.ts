/** Finds the route that a path means. */

import type { Values } from '../schema/validation.ts'
import type { Route } from './route.ts'

export interface Routes {
  all: readonly Route[]
  /** By method and number of parts, so that not every pattern is tried. */
  buckets: ReadonlyMap<string, readonly Compiled[]>
}

interface Compiled {
  route: Route
  parts: readonly string[]
}

export interface Found {
  route: Route
  /** The parameters in the path. */
  uri: Values
}

export function compileRoutes(all: readonly Route[]): Routes {
  const buckets = new Map<string, Compiled[]>()
  for (const route of all) {
    const parts = partsOf(route.path)
    const key = isOpen(parts) ? `${route.method} open` : `${route.method} ${parts.length}`
    buckets.set(key, [...(buckets.get(key) ?? []), { route, parts }])
  }
  return { all, buckets }
}

/** Literal parts win over parameters, as the folders of the real tree do. */
export function hasRoute(routes: Routes, method: string, path: string): Found | undefined {
  const parts = partsOf(path)
  const fixed = routes.buckets.get(`${method} ${parts.length}`) ?? []
  const open = routes.buckets.get(`${method} open`) ?? []
  const found = [...fixed, ...open].flatMap(candidate => {
    const uri = match(candidate.parts, parts)
    return uri === undefined ? [] : [{ route: candidate.route, uri }]
  })
  return found.toSorted((a, b) => Object.keys(a.uri).length - Object.keys(b.uri).length)[0]
}

const partsOf = (path: string) => path.split('/').filter(part => part !== '')
const isOpen = (parts: readonly string[]) => parts.at(-1)?.endsWith('*}') ?? false

function match(pattern: readonly string[], parts: readonly string[]): Values | undefined {
  if (isOpen(pattern) ? parts.length < pattern.length : parts.length !== pattern.length) return undefined
  const uri: Values = {}
  for (const [i, expected] of pattern.entries()) {
    const [, name, rest] = /^\{([^}*]+)(\*?)\}$/.exec(expected) ?? []
    const actual = rest === '*' ? parts.slice(i).join('/') : (parts[i] ?? '')
    if (name === undefined ? expected !== actual : !/^\S+$/.test(actual)) return undefined
    if (name !== undefined) uri[name] = actual
  }
  return uri
}
