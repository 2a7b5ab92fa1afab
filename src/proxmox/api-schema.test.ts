/** Every request that the client can make, against the official schema of Proxmox VE 9.2. */
import * as fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type ApiMethod,
  type ApiParameter,
  NO_SHARED_DATA,
  readApiMethods,
  sharedDataFolder,
} from '../../test/make/shared-data.ts'
import { endpointOf } from './endpoint.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

const folder = sharedDataFolder()
const methods = folder === undefined ? new Map<string, ApiMethod>() : readApiMethods(folder)
beforeEach(context => context.skip(folder === undefined, NO_SHARED_DATA))

/** The server that the schema was taken from names them in its list of `/cluster/sdn`, and was built without them. */
const UNKNOWN = ['GET /cluster/sdn/controllers', 'GET /cluster/sdn/fabrics/all']
const KNOWN = Object.entries(ROUTES).filter(([, { method, path }]) => !UNKNOWN.includes(`${method} ${path}`))

test('no more routes than said are outside of the schema', () => {
  const outside = Object.values(ROUTES).map(({ method, path }) => `${method} ${path}`)
  expect(outside.filter(route => !methods.has(route))).toEqual(UNKNOWN)
})

test.each(KNOWN)('%s sends only what the schema allows', (_, route) => {
  const method = methods.get(`${route.method} ${route.path}`)
  expect(method, `${route.method} ${route.path} is in the schema`).toBeDefined()
  if (method === undefined) return
  fc.assert(
    fc.property(paramsOf(route), params => {
      expect(violations(method, sentBy(route, params))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('what the schema does not allow is found', () => {
  const clone = methods.get('POST /nodes/{node}/qemu/{vmid}/clone') as ApiMethod
  expect(violations(clone, { node: 'pve1', vmid: '99', full: 'yes', format: 'zip', colour: 'red' })).toEqual([
    'vmid: below 100',
    'full: not 0 or 1',
    'format: not in the enumeration',
    'colour: unknown',
    'newid: missing',
  ])
})

/** Valid parameters: what a route takes is data, so that values for it can be made. */
function paramsOf(route: Route): fc.Arbitrary<never> {
  return anyOf(z.toJSONSchema(route.takes, { io: 'input' }) as Schema) as fc.Arbitrary<never>
}

interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

function anyOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum as number, max: schema.maximum as number })
    case 'string':
      return schema.pattern === undefined
        ? fc.string({ minLength: schema.minLength ?? 0, maxLength: schema.maxLength as number })
        : fc.stringMatching(new RegExp(schema.pattern))
    case 'array':
      return fc.array(anyOf(schema.items as Schema), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(3, schema.maxItems ?? 3),
      })
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, value]) => [name, anyOf(value)])),
        { requiredKeys: [...(schema.required ?? [])] },
      )
    default:
      throw new Error(`no value for ${JSON.stringify(schema)}`)
  }
}

/** As a server reads it: from path, query and form. */
function sentBy(route: Route, params: never): Record<string, string> {
  const { path, body } = endpointOf(route, params)
  const [plain = '', query = ''] = path.split('?')
  const names = route.path.split('/')
  const inPath = plain.split('/').flatMap((part, index) => {
    const name = /^\{(\w+)\}$/.exec(names[index] ?? '')?.[1]
    return name === undefined ? [] : [[name, decodeURIComponent(part)] as const]
  })
  return { ...Object.fromEntries(inPath), ...Object.fromEntries(new URLSearchParams(body ?? query)) }
}

function violations({ parameters }: ApiMethod, sent: Readonly<Record<string, string>>): string[] {
  const known = parameters?.properties ?? {}
  const missing = Object.entries(known).filter(([name, { optional }]) => !optional && sent[name] === undefined)
  return [
    ...Object.entries(sent).flatMap(([name, value]) => {
      const parameter = known[name] ?? known[name.replace(/\d+$/, '[n]')]
      if (parameter === undefined) return [`${name}: unknown`]
      return wrongWith(parameter, value).map(wrong => `${name}: ${wrong}`)
    }),
    ...missing.map(([name]) => `${name}: missing`),
  ]
}

function wrongWith(parameter: ApiParameter, value: string): string[] {
  const { type, enum: values, minimum, maximum, minLength, maxLength, pattern } = parameter
  return [
    ...(type === 'boolean' && !/^[01]$/.test(value) ? ['not 0 or 1'] : []),
    ...(type === 'integer' && !/^-?\d+$/.test(value) ? ['not an integer'] : []),
    ...(type === 'number' && Number.isNaN(Number(value)) ? ['not a number'] : []),
    ...(values !== undefined && !values.includes(value) ? ['not in the enumeration'] : []),
    ...(minimum !== undefined && Number(value) < minimum ? [`below ${minimum}`] : []),
    ...(maximum !== undefined && Number(value) > maximum ? [`above ${maximum}`] : []),
    ...(minLength !== undefined && value.length < minLength ? ['too short'] : []),
    ...(maxLength !== undefined && value.length > maxLength ? ['too long'] : []),
    ...(pattern !== undefined && !matches(pattern, value) ? ['does not match'] : []),
  ]
}

/** Perl writes flags as (?^i:…). A pattern stands for the whole value. */
function matches(pattern: string, value: string): boolean {
  const flags = pattern.includes('(?^i:') ? 'i' : ''
  return new RegExp(`^(?:${pattern.replaceAll(/\(\?\^i?:/g, '(?:')})$`, flags).test(value)
}
