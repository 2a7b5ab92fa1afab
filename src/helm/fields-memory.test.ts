import { expect, test } from 'vitest'
import { makeConfigMap } from '../../test/make/release.ts'
import { createFieldsMemory } from './fields-memory.ts'

test('what one object held is expected of those that differ from it in nothing but values', () => {
  const memory = createFieldsMemory()
  const object = makeConfigMap('api', { host: 'acme.example', port: '80' }, { labels: { tenant: 'acme' } })
  memory.learn(object, 'held')
  const like = makeConfigMap('web', { host: 'globex.example', port: '81' }, { labels: { tenant: 'globex' } })
  const others = [makeConfigMap('api', { host: '' }), { ...object, kind: 'Secret' }, { ...object, apiVersion: 'v2' }]
  expect([like, ...others].map(memory.expected)).toEqual(['held', undefined, undefined, undefined])
})
