import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeDesiredRelease, makeReleaseObject } from '../../test/make/release.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { RenderUnderWay } from './errors.ts'
import { createRenderDesk } from './render-desk.ts'

const release = (name: string, values: Record<string, unknown> = {}): DesiredRelease =>
  makeDesiredRelease({ name, values })

/** A helm whose renders end when a test says so. */
function given({ lanes = 2, patienceMs = 20, keepMs = 60_000 } = {}) {
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const begun: string[] = []
  const broken: string[] = []
  const ended: string[] = []
  const desk = createRenderDesk({
    lanes,
    times: { patienceMs, keepMs },
    onEnded: ({ name }) => void ended.push(name),
    renderer: {
      async render({ release: { name } }, signal) {
        begun.push(name)
        const end = Promise.withResolvers<void>()
        ends.set(name, end)
        signal?.addEventListener('abort', () => {
          broken.push(name)
          end.reject(new Error('aborted'))
        })
        await end.promise
        return { release: makeReleaseObject({ name }) }
      },
    },
  })
  /** What a caller hears: a name, or why there is none. */
  const ask = (name: string, values?: Record<string, unknown>) =>
    desk.render({ release: release(name, values) }).then(
      rendered => rendered.release.name,
      (error: Error) => (error instanceof RenderUnderWay ? 'under way' : error.message),
    )
  const end = async (name: string) => {
    await expect.poll(() => begun).toContain(name)
    ends.get(name)?.resolve()
  }
  return { desk, ask, end, ends, begun, broken, ended }
}

test('what is rendered soon comes at once', async () => {
  const { ask, end, ended } = given({ patienceMs: 60_000 })
  const asking = ask('acme')
  await end('acme')
  expect([await asking, ended]).toEqual(['acme', []])
})

test('what takes long keeps nobody; when it ends, whoever asked is told, and the next call has it', async () => {
  const { ask, end, begun, ended } = given()
  expect([await ask('slow'), await ask('slow')]).toEqual(['under way', 'under way'])
  await end('slow')
  await expect.poll(() => ended).toEqual(['slow'])
  expect([await ask('slow'), begun]).toEqual(['slow', ['slow']])
})

test('a failure is told like a result, once; after that the chart is rendered anew', async () => {
  const { ask, ends, begun, ended } = given()
  await ask('slow')
  ends.get('slow')?.reject(new Error('helm took too long'))
  await expect.poll(() => ended).toEqual(['slow'])
  expect(await ask('slow')).toBe('helm took too long')
  expect([await ask('slow'), begun]).toEqual(['under way', ['slow', 'slow']])
})

test('an edit ends the render of what is not wanted any more', async () => {
  const { ask, begun, broken, ended } = given()
  await ask('slow')
  expect(await ask('slow', { edited: true })).toBe('under way')
  expect([begun, broken, ended]).toEqual([['slow', 'slow'], ['slow'], []])
})

test('releases that are known to be slow leave the fast lane to the others, and keep nobody at all', async () => {
  const patienceMs = 300
  const { ask, end, ended, begun } = given({ lanes: 2, patienceMs })
  await Promise.all([ask('a'), ask('b')])
  for (const name of ['a', 'b']) await end(name)
  await expect.poll(() => ended.length).toBe(2)
  await Promise.all([ask('a'), ask('b')])
  begun.length = 0
  const asked = Promise.all([ask('a'), ask('b'), ask('a')])
  // Who has nothing to wait for is told in a turn of the event loop, however late that comes on a busy machine.
  const late = sleep(patienceMs / 2).then(() => turn())
  expect(await Promise.race([asked, late.then(() => turn())])).toEqual(['under way', 'under way', 'under way'])
  // One lane for the slow: the other of them waits, and two fast ones do not.
  void ask('c')
  void ask('d')
  await expect.poll(() => begun.length).toBe(3)
  expect(begun.toSorted().slice(1)).toEqual(['c', 'd'])
})

test('a first render that turns out to be slow makes room for the fast', async () => {
  const { ask, begun } = given({ lanes: 1 })
  const asking = [ask('slow'), ask('fast')]
  await expect.poll(() => begun).toEqual(['slow', 'fast'])
  expect(await Promise.all(asking)).toEqual(['under way', 'under way'])
})

test('a result that nobody comes for is not kept', async () => {
  const { ask, end, begun, ended } = given({ keepMs: 10 })
  await ask('slow')
  await end('slow')
  await expect.poll(() => ended).toEqual(['slow'])
  await expect.poll(async () => [await ask('slow'), begun.length]).toEqual(['under way', 2])
})

test('when the operator is to end, nobody waits any more', async () => {
  const { ask, desk } = given({ patienceMs: 60_000 })
  const asking = ask('slow')
  desk.hurry()
  expect(await asking).toBe('under way')
})
