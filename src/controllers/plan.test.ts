import { isDeepStrictEqual } from 'node:util'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { makePlanObject } from '../../test/make/pass.ts'
import { makePlan } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { TenantPlanStatus } from '../crds/plan-status.ts'
import { HelmError } from '../helm/errors.ts'
import { KubeError } from '../kube/errors.ts'
import type { KubeObject } from '../plan/object.ts'
import { reconcilePlan } from './plan.ts'

const { apiImage: _, webImage: __, ...app } = makePlan().app
const spec = makePlan({
  app,
  chart: { name: 'shop', repository: 'oci://r.example/charts', version: '1.x', crds: 'Skip', clusterRoleName: 'shop' },
})

/** A plan, and the versions that the repository has one after another. */
function given(object: KubeObject, answers: readonly (string | Error)[]) {
  const cache = makeCache({ plans: [object] })
  const waiting = [...answers]
  const written: TenantPlanStatus[] = []
  const kinds: string[] = []
  const resolve = async () => {
    const answer = waiting.shift()
    if (answer === undefined) throw new Error('nobody is to ask')
    if (typeof answer !== 'string') throw answer
    return { name: 'shop', version: answer, digest: `digest of ${answer}` }
  }
  const named = async (name: string) => ({ name, version: '0.1.0', digest: 'own' })
  const charts = { named, resolve, createKinds: async (digest: string) => void kinds.push(digest) }
  const writeStatus = async (about: KubeObject, status: TenantPlanStatus) => {
    if (isDeepStrictEqual(about.status, status)) return
    written.push(status)
    cache.plans.put({ ...about, status })
  }
  const ports = {
    worlds: { cache, charts },
    writeStatus,
    logger: pino({ level: 'silent' }),
    now: () => '2026-01-01T00:00:00Z',
  }
  return {
    ...{ written, kinds, cache },
    pass: async () => (await reconcilePlan(ports, 'professional')).end,
    said: () => {
      const { chart, conditions } = written.at(-1) ?? {}
      const [ready] = conditions ?? []
      return `${chart?.version} ${ready?.status} ${ready?.reason}`
    },
    edit: (change: Partial<KubeObject>) =>
      cache.plans.put({ ...(cache.plans.get('professional') as KubeObject), ...change }),
  }
}

const down = new HelmError({ reason: 'ChartUnavailable', message: 'no answer' })

test('a range is resolved once, however often the plan is looked at', async () => {
  const { pass, said, written } = given(makePlanObject(spec), ['1.4.0'])
  expect([await pass(), await pass()]).toEqual(['done', 'done'])
  expect(said()).toBe('1.4.0 True Resolved')
  expect(written).toHaveLength(1)
})

test('an edit of the range, or the annotation, has it resolved anew', async () => {
  const { pass, said, edit } = given(makePlanObject(spec), ['1.4.0', '1.5.0', '2.0.0'])
  await pass()
  edit({
    metadata: { name: 'professional', generation: 1, annotations: { 'tenantry.dev/reconcile-requested-at': '1' } },
  })
  expect([await pass(), await pass(), said()]).toEqual(['done', 'done', '1.5.0 True Resolved'])
  edit({ spec: { ...spec, chart: { ...spec.chart, version: '2.x' } } })
  expect([await pass(), said()]).toEqual(['done', '2.0.0 True Resolved'])
})

test('what was resolved before stays while a repository does not answer, and the request stays open', async () => {
  const { pass, said, edit } = given(makePlanObject(spec), ['1.4.0', down, '1.5.0'])
  await pass()
  edit({
    metadata: { name: 'professional', generation: 1, annotations: { 'tenantry.dev/reconcile-requested-at': '1' } },
  })
  expect([await pass(), said()]).toEqual(['backoff', '1.4.0 False ChartUnavailable'])
  expect([await pass(), said()]).toEqual(['done', '1.5.0 True Resolved'])
})

test('an API server that does not answer says nothing about the plan', async () => {
  const { pass, written } = given(makePlanObject(spec), [
    new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'away' }),
    '1.4.0',
  ])
  expect([await pass(), written.length, await pass(), written.length]).toEqual(['backoff', 0, 'done', 1])
})

test('an operator that stops while helm fetches says nothing about the plan', async () => {
  const stopping = new HelmError({ reason: 'RenderAborted', message: 'the operator is stopping' })
  const { pass, written } = given(makePlanObject(spec), [stopping])
  expect([await pass(), written]).toEqual(['wait', []])
})

test('a plan that cannot be used waits for an edit', async () => {
  const { pass, said } = given(makePlanObject({ ...spec, app: { ...app, values: { a: '${b}' } } }), [])
  expect([await pass(), said()]).toEqual(['terminal', 'undefined False InvalidValues'])
  const invalid = given(makePlanObject({}), [])
  expect([await invalid.pass(), invalid.said()]).toEqual(['terminal', 'undefined False InvalidSpec'])
})

test('kinds are made before tenants get the chart, where the plan says so', async () => {
  const creating = { ...spec, chart: { ...spec.chart, crds: 'Create' } }
  const { pass, kinds } = given(makePlanObject(creating), ['1.4.0'])
  await pass()
  expect(kinds).toEqual(['digest of 1.4.0'])
})

test('a plan with a chart of the operator says which version that is', async () => {
  const { pass, said } = given(makePlanObject(), [])
  expect([await pass(), said()]).toEqual(['done', '0.1.0 True Resolved'])
})
