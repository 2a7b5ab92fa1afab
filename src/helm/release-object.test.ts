import { expect, test } from 'vitest'
import { makeReleaseObject } from '../../test/make/release.ts'
import { parseReleaseObject, refuseHooks } from './release-object.ts'

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

test('hooks are refused by name, tests are left to people', () => {
  const hook = (name: string, ...events: string[]) => ({ name, kind: 'Job', events })
  refuseHooks(makeReleaseObject({ hooks: [hook('smoke', 'test')] }))
  const hooks = [hook('smoke', 'test'), hook('migrate', 'pre-install', 'pre-upgrade'), hook('clean', 'post-delete')]
  expect(() => refuseHooks(makeReleaseObject({ hooks }))).toThrow(
    expect.objectContaining({
      reason: 'HooksNotSupported',
      message:
        'The chart has hooks, which are not supported yet: Job migrate (pre-install, pre-upgrade); Job clean (post-delete)',
    }),
  )
})
