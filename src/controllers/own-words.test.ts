import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject, type PassOptions, runPass } from '../../test/make/pass.ts'
import { convergedWorld, emptyWorld, makeDesired } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { tenantReleaseObject } from '../helm/tenant-release.ts'
import type { Step } from '../plan/step.ts'
import { createOwnWords } from './own-words.ts'
import type { StepResult } from './worlds.ts'

const desired = makeDesired()
const converged = convergedWorld(desired)
const { release } = desired
const REVISION = 1
const record = tenantReleaseObject(release, {
  release: release.name,
  chart: 'tenant',
  chartVersion: '0.1.0',
  digest: release.digest,
  revision: REVISION,
  inventory: [
    { apiVersion: 'v1', kind: 'Service', namespace: 'tenant-acme', name: 'api', digest: 'd', change: 'Apply' },
  ],
})

interface Given {
  /** What the steps of the first pass come to. */
  readonly result?: (step: Step['do']) => StepResult
  readonly second?: Parameters<typeof makeTenantObject>[0]
  readonly releases?: readonly (typeof record)[]
}

const asPlanned = (step: Step['do']): StepResult =>
  step === 'helm.upgrade' ? { waitingFor: [], revision: REVISION } : { waitingFor: [] }

/** What the second of two passes in a row over a new tenant looks at, and what it knows of Secrets without a look. */
async function secondLooks({ result = asPlanned, second = {}, releases = [record] }: Given = {}) {
  const words = createOwnWords()
  const plans = [makePlanObject()]
  const first: PassOptions = { words, mayDefer: true, observed: emptyWorld(), apply: step => result(step.do) }
  await runPass({ ...first, cache: makeCache({ tenants: [makeTenantObject()], plans }) })
  const looks: string[] = []
  const known: unknown[] = []
  const cache = makeCache({ tenants: [makeTenantObject(second)], plans, releases })
  const pass = await runPass({
    ...{ words, cache, observed: converged },
    look(at, secretKeys) {
      looks.push(at)
      if (at === 'kube') known.push(secretKeys)
    },
  })
  return { looks, known, pass, words }
}

test('what a pass has brought about and was answered for, the next one does not read', async () => {
  const { looks, known, pass } = await secondLooks()
  expect(looks).toEqual(['kube'])
  expect(known).toEqual([converged.secretKeys])
  expect(pass.steps).toEqual([])
  expect(pass.status?.release).toMatchObject({ revision: REVISION, digest: release.digest })
})

test.each<[string, Given]>([
  ['the watch has not told of the record yet', { releases: [] }],
  [
    'somebody has begun another revision',
    { releases: [{ ...record, spec: { ...(record.spec as object), revision: 2 } }] },
  ],
])('but the release it does where %s', async (_, given) => {
  expect((await secondLooks(given)).looks).toEqual(['kube', 'release'])
})

test.each<[string, Given]>([
  ['the tenant was edited', { second: { metadata: { generation: 2 } } }],
  ['the release is waited for', { result: step => ({ ...asPlanned(step), waitingFor: ['Job migrate'] }) }],
  ['a Secret was there already', { result: step => ({ ...asPlanned(step), metOther: step === 'kube.createSecret' }) }],
  ['nothing was done to the release', { result: () => ({ waitingFor: [] }) }],
])('but all of it it does where %s', async (_, given) => {
  const { looks, known } = await secondLooks(given)
  expect([looks, known]).toEqual([['kube', 'release'], [undefined]])
})

test('a word counts once, and not for another tenant that has taken the name', () => {
  const words = createOwnWords()
  const word = { release: { revision: REVISION, digest: release.digest }, secretKeys: new Map() }
  words.give(makeTenantObject(), word)
  expect([words.take(makeTenantObject()), words.take(makeTenantObject())]).toEqual([word, undefined])
  words.give(makeTenantObject(), word)
  expect(words.take(makeTenantObject({ metadata: { uid: 'another' } }))).toBeUndefined()
})
