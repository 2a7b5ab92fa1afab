import { expect, test } from 'vitest'
import type { ChartRequest } from '../plan/chart-resolution.ts'
import { createChartStore } from './chart-store.ts'
import { HelmError } from './errors.ts'

const source = { repository: 'oci://registry.example/charts' }
const chart = { name: 'shop', version: '1.4.0', digest: 'recorded', source }

/** A repository that answers when it is told to, and a disk. */
function given() {
  const disk = new Map<string, string>()
  const asked: ChartRequest[] = []
  const fetched: string[] = []
  let answer = Promise.withResolvers<string>()
  let nowMs = 0
  const store = createChartStore({
    folder: { pathOf: async ({ name }) => `/charts/${name}` },
    cache: {
      pathOf: async digest => disk.get(digest),
      put: async digest => void disk.set(digest, `/cache/${digest}.tgz`),
    },
    pull: async request => {
      asked.push(request)
      return { name: request.name, version: request.version, digest: await answer.promise, archive: new Uint8Array() }
    },
    credentialsFor: async () => ({}),
    onFetched: digest => fetched.push(digest),
    nowMs: () => nowMs,
  })
  const reasonOf = () =>
    store.pathOf(chart).then(
      path => path,
      (error: HelmError) => error.reason,
    )
  return {
    ...{ store, disk, asked, fetched, reasonOf },
    answerWith: (digest: string) => answer.resolve(digest),
    passTime: (ms: number) => {
      nowMs += ms
    },
    fail() {
      answer.reject(new HelmError({ reason: 'ChartUnavailable', message: 'no answer' }))
      answer = Promise.withResolvers()
    },
  }
}

test('a chart of the operator lies in its folder, and no repository is asked', async () => {
  const { store, asked } = given()
  expect(await store.pathOf({ name: 'tenant', version: '1', digest: 'x' })).toBe('/charts/tenant')
  expect(asked).toEqual([])
})

test('an archive that is gone from the disk is had again, once and beside, and who waits is told', async () => {
  const { reasonOf, answerWith, asked, fetched } = given()
  expect([await reasonOf(), await reasonOf()]).toEqual(['ChartPending', 'ChartPending'])
  answerWith('recorded')
  await expect.poll(() => fetched).toEqual(['recorded'])
  expect(await reasonOf()).toBe('/cache/recorded.tgz')
  expect(asked).toEqual([{ name: 'shop', version: '1.4.0', ...source }])
})

test('why it could not be had is told, and it is tried again after a pause, however many ask', async () => {
  const { reasonOf, answerWith, fail, fetched, asked, passTime } = given()
  await reasonOf()
  fail()
  await expect.poll(reasonOf).toBe('ChartUnavailable')
  passTime(4_999)
  expect([await reasonOf(), await reasonOf(), asked.length]).toEqual(['ChartUnavailable', 'ChartUnavailable', 1])
  passTime(1)
  answerWith('recorded')
  await expect.poll(reasonOf).toBe('/cache/recorded.tgz')
  expect(fetched).toEqual(['recorded'])
})

test('another archive under the same version is not given out', async () => {
  const { reasonOf, answerWith, fetched } = given()
  await reasonOf()
  answerWith('changed')
  await expect.poll(reasonOf).toBe('ChartDigestMismatch')
  expect(fetched).toEqual([])
})
