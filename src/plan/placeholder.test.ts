import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOSTILE_TEXTS } from '../../test/make/hostile-manifest.ts'
import { placeholderProblems, substituted } from './placeholder.ts'

const facts = {
  host: 'acme.example.com',
  tenant: { name: 'acme', companyName: 'Acme "Quoted": GmbH', owner: { email: 'ada@acme.example' } },
  limits: { users: 25, 'users.max': 30 },
}

function problems(values: unknown): string[] {
  return placeholderProblems(values, facts, 'spec.app.values')
}

test('placeholders are replaced wherever they stand in values', () => {
  const values = {
    web: { host: '${host}', urls: ['https://${host}/', 'https://${host}/${tenant.name}'] },
    title: 'Shop of ${tenant.companyName}',
    seats: 'at most ${limits.users}',
    port: 8080,
    debug: false,
    nothing: null,
  }
  expect(substituted(values, facts)).toEqual({
    web: { host: 'acme.example.com', urls: ['https://acme.example.com/', 'https://acme.example.com/acme'] },
    title: 'Shop of Acme "Quoted": GmbH',
    seats: 'at most 25',
    port: 8080,
    debug: false,
    nothing: null,
  })
  expect(problems(values)).toEqual([])
})

test('a value that is exactly one placeholder keeps the type of the fact', () => {
  const values = { users: '${limits.users}', max: '${limits.users.max}', all: '${limits}', owner: '${tenant.owner}' }
  expect(substituted(values, facts)).toEqual({
    users: 25,
    max: 30,
    all: { users: 25, 'users.max': 30 },
    owner: { email: 'ada@acme.example' },
  })
})

test('a literal ${ is written with two dollars', () => {
  const values = { script: 'echo $${HOME} $HOME ${host} $$${host}' }
  expect(substituted(values, facts)).toEqual({ script: 'echo ${HOME} $HOME acme.example.com $${host}' })
  expect(problems(values)).toEqual([])
})

test('what is no placeholder is named with its field', () => {
  const literal = 'A literal ${ is written $${'
  expect(problems({ web: { hosts: ['${host}', '${hots}'] } })).toEqual([
    `spec.app.values.web.hosts[1]: \${hots} is no placeholder. ${literal}`,
  ])
  expect(problems({ a: '${limits.seats}', b: '${host', c: '${}' })).toEqual([
    `spec.app.values.a: \${limits.seats} is no placeholder. ${literal}`,
    `spec.app.values.b: a placeholder is not closed. ${literal}`,
    `spec.app.values.c: \${} is no placeholder. ${literal}`,
  ])
  expect(problems({ text: 'all: ${limits}', '${host}': 1 })).toEqual([
    'spec.app.values.text: ${limits} stands for several values, and for nothing within a text',
    'spec.app.values: the key ${host} holds a placeholder, and these stand in values only',
  ])
})

test.each([
  'constructor',
  '__proto__',
  'tenant.__proto__',
  'toString',
  'tenant.constructor.name',
  'limits.valueOf',
  '__proto__.toString',
])('${%s} is no placeholder', name => {
  expect(problems([`\${${name}}`])).toHaveLength(1)
})

test('whatever a tenant is called, it becomes that text and nothing else, and is not looked into again', () => {
  const texts = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string(), fc.constantFrom('${host}', '$${', '$&', "$'"))
  fc.assert(
    fc.property(texts, companyName => {
      const values = { title: '${tenant.companyName}', greeting: 'Hello ${tenant.companyName}!', other: ['x'] }
      const named = { ...facts, tenant: { ...facts.tenant, companyName } }
      expect(substituted(values, named)).toEqual({
        title: companyName,
        greeting: `Hello ${companyName}!`,
        other: ['x'],
      })
    }),
  )
})
