import { expect, test } from 'vitest'
import { makeReleaseObject } from '../../test/make/release.ts'
import { parseReleaseObject } from './release-object.ts'

test('fields that nobody here reads are kept', () => {
  const release = { ...makeReleaseObject(), apply_method: 'ssa' }
  expect(parseReleaseObject(JSON.stringify(release))).toEqual(release)
})

test.each([
  ['{"config": "planted-secret"', 'it is not JSON'],
  ['{"name": "x", "namespace": "planted-secret", "version": "1", "info": {"status": "ok"}}', 'version, chart'],
])('what is no release object is refused, and not quoted', (json, why) => {
  expect(() => parseReleaseObject(json)).toThrow(why)
  expect(() => parseReleaseObject(json)).not.toThrow('planted-secret')
})
