/** The parameters of every route, against the official schema of Proxmox VE 9.2. */
import { beforeEach, expect, test } from 'vitest'
import { type ApiParameter, NO_SHARED_DATA, readApiMethods, sharedDataFolder } from '../../test/make/shared-data.ts'
import { routes } from './api/routes.ts'
import type { Parameters, Property } from './schema/property.ts'

const folder = sharedDataFolder()
const methods = folder === undefined ? undefined : readApiMethods(folder)
beforeEach(context => context.skip(folder === undefined, NO_SHARED_DATA))

test('every route takes what the schema says, and nothing else', () => {
  expect(routes.all.length).toBeGreaterThan(250)
  const differences = routes.all.flatMap(({ method, path: pattern, params = {} }) => {
    const path = pattern.replace('*}', '}')
    const properties = methods?.get(`${method} ${path}`)?.parameters?.properties
    if (!methods?.has(`${method} ${path}`)) return [`${method} ${path}: is in no schema`]
    const mine = firstOfNumbered(params, Object.keys(properties ?? {}))
    const names = new Set([...Object.keys(mine), ...Object.keys(properties ?? {})])
    return [...names].flatMap(name =>
      difference(mine[name], properties?.[name]).map(what => `${method} ${path} ${name}: ${what}`),
    )
  })
  expect(differences.filter(each => !KNOWN.some(pattern => pattern.test(each)))).toEqual([])
})

/** What is left out, or other than the schema says, on purpose. */
const KNOWN: readonly RegExp[] = [
  // The real one has it all the same.
  /^GET \/access\/tfa: /,
  // In the path, so that it is always there.
  /content\/\{volume\} storage: optional/,
  // Only bodies in JSON have arrays, and no guest has an agent that it would reach.
  /agent\/exec command: type/,
]

/** The schema has `net[n]` for `net0`, `net1` and so on. */
function firstOfNumbered(params: Parameters, names: readonly string[]): Parameters {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, property]) => {
      const [, base, index] = /^(.*?)(\d+)$/.exec(name) ?? []
      if (base === undefined || !names.includes(`${base}[n]`)) return [[name, property]]
      return index === '0' ? [[`${base}[n]`, property]] : []
    }),
  )
}

function difference(mine: Property | undefined, theirs: ApiParameter | undefined): string[] {
  if (mine === undefined) return ['is missing']
  if (theirs === undefined) return ['is not in the schema']
  const pairs: [string, unknown, unknown][] = [
    ['type', mine.type, theirs.type ?? 'string'],
    ['optional', mine.optional ?? false, theirs.optional === 1],
    ['enum', mine.enum?.toSorted().join(), theirs.enum?.toSorted().join()],
    ...(['minimum', 'maximum', 'minLength', 'maxLength'] as const).map((bound): [string, unknown, unknown] => [
      bound,
      mine[bound],
      theirs[bound] === undefined ? undefined : Number(theirs[bound]),
    ]),
  ]
  return pairs.flatMap(([what, is, should]) => (is === should ? [] : [`${what} is ${is}, not ${should}`]))
}
