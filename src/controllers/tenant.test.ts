import { describe, expect, test } from 'vitest'
import { makePlanObject, makeTenantObject, type PassOptions, runPass, SPENT } from '../../test/make/pass.ts'
import { convergedWorld, emptyWorld, makeDesired, makePlan, makeSpec } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { KubeError } from '../kube/errors.ts'
import type { UnreadyObject } from '../plan/readiness.ts'
import { createRewriteBudget, REWRITES } from './rewrite-budget.ts'

const desired = makeDesired()
const converged = convergedWorld(desired)
const forbidden = new KubeError({ status: 403, reason: 'Forbidden', message: 'Cannot apply Namespace tenant-acme: no' })

/** A world with this tenant and the plans there are. */
function having(fields: Parameters<typeof makeTenantObject>[0] = {}, plans = [makePlanObject()]): PassOptions {
  return { cache: makeCache({ tenants: [makeTenantObject(fields)], plans }), observed: emptyWorld() }
}

test('a tenant that is not there is done', async () => {
  expect((await runPass({ cache: makeCache() })).outcome).toEqual({ end: 'done' })
})

test('a converged tenant is Ready, and nothing is done to it', async () => {
  const { outcome, steps, conditions, events } = await runPass({ observed: converged })
  expect({ outcome, steps, events }).toEqual({ outcome: { end: 'done' }, steps: [], events: [] })
  expect(conditions).toMatchObject({ Ready: 'True Converged', Reconciling: 'False Converged' })
})

const service = { apiVersion: 'v1', kind: 'Service', namespace: 'tenant-acme', name: 'api' }
const inventory = [...(converged.release.record?.inventory ?? []), { ...service, digest: 'd' }]
const { record } = converged.release
const installed = {
  ...converged,
  release: { ...converged.release, ...(record ? { record: { ...record, inventory } } : {}) },
}
const { status: readyStatus } = await runPass({ observed: installed })
const ready = () => having({ status: readyStatus })
const drifted = [{ ref: service, what: 'edited', by: 'kubectl-edit' }] as const

test('what somebody edited is put back, with an event that names the object and the editor', async () => {
  const pass = await runPass({ ...ready(), observed: installed, drifted })
  expect(pass.steps).toEqual(['helm.repair'])
  expect(pass.events.map(({ type, message }) => `${type} ${message}`)).toEqual([
    'Warning Service api was edited by kubectl-edit: put back.',
  ])
  expect(pass.conditions).toMatchObject({ Drifted: 'True PuttingBack', Ready: 'False PuttingBack' })
  expect(pass.outcome).toEqual({ end: 'again' })
})

test('what was put back too often is reported, left alone, and looked at again later', async () => {
  const pass = await runPass({ ...ready(), observed: installed, drifted, rewrites: SPENT })
  expect([pass.steps, pass.events, pass.outcome]).toEqual([[], [], { end: 'wait' }])
  expect(pass.conditions).toMatchObject({ Drifted: 'True Fought', Ready: 'False Fought' })
})

describe('where a chart has objects that say themselves whether they are ready', () => {
  const agent = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'tenant-acme', name: 'agent' }
  const having = (unready: readonly UnreadyObject[]) => ({
    ...installed,
    unready,
    release: {
      ...installed.release,
      ...(record ? { record: { ...record, inventory: [...inventory, { ...agent, digest: 'd' }] } } : {}),
    },
  })
  const coming = { ref: agent, reason: 'ObjectNotReady', message: '1 of 3 pods are available' } as const

  test('one that is not keeps the tenant from being Ready, and is told with what to look at', async () => {
    const { conditions, outcome, status } = await runPass({ observed: having([coming]) })
    expect([conditions.Ready, outcome]).toEqual(['False ObjectNotReady', { end: 'wait' }])
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
      'DaemonSet agent: 1 of 3 pods are available. Look at kubectl describe -n tenant-acme daemonset.apps/agent',
    )
    expect((await runPass({ observed: having([]) })).conditions.Ready).toBe('True Converged')
  })

  test('a Job that has failed is told before what is still coming up', async () => {
    const job = { ...agent, apiVersion: 'batch/v1', kind: 'Job', name: 'seed' }
    const failed = { ref: job, reason: 'JobFailed', message: 'has failed' } as const
    const { status } = await runPass({ observed: having([coming, failed]) })
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
      'Job seed: has failed. Read its log: kubectl logs -n tenant-acme job/seed',
    )
  })
})

test('only what was put back counts as put back: refusals are no fight', async () => {
  const budget = createRewriteBudget()
  const rewrites = { allows: (key: string) => budget.allows(key, 0), spend: (key: string) => budget.spend(key, 0) }
  const objects = new Map([...converged.objects].filter(([key]) => !key.includes('ResourceQuota')))
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'tenant-acme', name: 'tenantry' }
  const given = {
    ...ready(),
    observed: { ...installed, objects },
    drifted: [...drifted, { ref: quota, what: 'gone' } as const],
    rewrites,
  }
  const refused = () => {
    throw forbidden
  }
  const waiting = () => ({ waitingFor: ['an object in the way to be gone'] })
  for (let times = 0; times < REWRITES; times += 1) {
    expect((await runPass({ ...given, apply: refused })).steps).toEqual(['kube.apply'])
    expect((await runPass({ ...given, apply: waiting })).steps).toEqual(['kube.apply', 'helm.repair'])
  }
  for (let times = 0; times < REWRITES; times += 1) {
    expect((await runPass(given)).steps).toEqual(['kube.apply', 'helm.repair'])
  }
  const { steps, conditions } = await runPass(given)
  expect([steps, conditions.Drifted]).toEqual([[], 'True Fought'])
})

test('a repair that failed is told by its failure, and by no event of success', async () => {
  const apply = () => {
    throw forbidden
  }
  const { events, conditions, outcome } = await runPass({ ...ready(), observed: installed, drifted, apply })
  expect([events, outcome]).toEqual([[], { end: 'backoff', reason: 'Forbidden' }])
  expect(conditions).toMatchObject({ ReleaseReady: 'False Forbidden', Ready: 'False Forbidden' })
})

test('a Secret of an installed tenant that is gone is made anew and told; of a new tenant it is only made', async () => {
  const observed = { ...installed, secretKeys: new Map([...installed.secretKeys].slice(0, 1)) }
  const lost = await runPass({ ...ready(), observed })
  expect(lost.steps).toEqual(['kube.createSecret'])
  expect(lost.events.map(({ message }) => message)).toEqual(['Secret tenantry-jwt is gone: put back.'])
  expect((await runPass({ ...having(), observed })).events).toEqual([])
})

describe('where the right to the Secrets of a converged tenant was taken away', () => {
  const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace: 'tenant-acme' }
  const gone = { ref: { ...binding, name: 'tenantry-tenant-secrets' }, what: 'gone' } as const
  const objects = new Map([...converged.objects].filter(([key]) => !key.includes(gone.ref.name)))
  const blind = { ...installed, isReadable: false, secretKeys: new Map(), release: {}, objects }
  const pass = (options: Partial<PassOptions> = {}) =>
    runPass({ ...ready(), observed: blind, drifted: [gone], ...options })

  test('it is put back and told, and the status stays, for of the release nothing is known', async () => {
    const { steps, outcome, status, events } = await pass()
    expect({ steps, outcome, status }).toEqual({ steps: ['kube.apply'], outcome: { end: 'wait' }, status: undefined })
    expect(events.map(({ message }) => message)).toEqual(['RoleBinding tenantry-tenant-secrets is gone: put back.'])
  })

  test('and where it cannot be put back, Ready is unknown', async () => {
    const apply = () => {
      throw forbidden
    }
    const { conditions, outcome } = await pass({ apply })
    expect([conditions.Ready, outcome]).toEqual(['Unknown Forbidden', { end: 'backoff', reason: 'Forbidden' }])
  })

  test('and where somebody takes it away again and again, that is told', async () => {
    const { steps, conditions, outcome } = await pass({ rewrites: SPENT })
    expect([steps, conditions.Ready, outcome.end]).toEqual([[], 'Unknown Fought', 'backoff'])
  })
})

test('a new tenant gets its finalizer before anything else, and is looked at again at once', async () => {
  const { outcome, steps, conditions } = await runPass(having({ metadata: { finalizers: [] } }))
  expect(outcome).toEqual({ end: 'again' })
  expect([steps[0], steps.at(-1)]).toEqual(['kube.setFinalizer', 'helm.upgrade'])
  expect(conditions).toMatchObject({ Ready: 'False NamespaceProgressing', Reconciling: 'True NamespaceProgressing' })
})

test('what a pass has done is told by the next one, unless that was put off for too long', async () => {
  const upgrading = { ...ready(), observed: { ...installed, release: {} } }
  const { outcome, steps, status } = await runPass({ ...upgrading, mayDefer: true })
  expect({ outcome, steps, status }).toEqual({ outcome: { end: 'again' }, steps: ['helm.upgrade'], status: undefined })
  expect((await runPass(upgrading)).conditions).toMatchObject({ Ready: 'False Installing' })
})

test('what fails, and what is waited for, is told at once', async () => {
  const observed = { ...converged, release: {} }
  const apply = () => {
    throw forbidden
  }
  expect((await runPass({ observed, apply, mayDefer: true })).conditions).toMatchObject({ Ready: 'False Forbidden' })
  const waiting = await runPass({ observed, apply: () => ({ waitingFor: ['Job migrate'] }), mayDefer: true })
  expect(waiting.conditions).toMatchObject({ Ready: 'False Waiting' })
})

test('a new tenant is told about the data of a former one, an old one is not told again', async () => {
  const retained = [{ volume: 'pv-1', formerUid: 'former-0' }]
  const fresh = await runPass({ ...having({ metadata: { finalizers: [] } }), retained })
  expect(fresh.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Normal RetainedData'])
  expect((await runPass({ ...having(), retained })).events).toEqual([])
})

test('a spec that is wrong stalls, names its field, and is not tried again', async () => {
  const { outcome, steps, conditions, status } = await runPass(having({ spec: { ...makeSpec(), plan: 7 } }))
  expect({ outcome, steps }).toEqual({ outcome: { end: 'terminal', reason: 'InvalidSpec' }, steps: [] })
  expect(conditions).toEqual({
    Ready: 'False InvalidSpec',
    Reconciling: 'False InvalidSpec',
    Stalled: 'True InvalidSpec',
  })
  expect(status?.conditions?.[0]?.message).toContain('spec.plan')
})

test.each([
  ['PlanNotFound', having({}, [])],
  ['PlanInvalid', having({}, [makePlanObject({ displayName: 7 })])],
  ['NamespaceConflict', { observed: { ...converged, namespace: { ...converged.namespace, labels: {} } } }],
  ['NamespaceTerminating', { observed: { ...converged, namespace: { ...converged.namespace, terminating: true } } }],
] as [string, PassOptions][])('%s is tried again by itself, and nothing is touched', async (reason, options) => {
  const { outcome, steps, conditions } = await runPass(options)
  expect({ outcome, steps, conditions }).toEqual({
    outcome: { end: 'backoff', reason },
    steps: [],
    conditions: { Ready: `False ${reason}`, Reconciling: `True ${reason}`, Stalled: 'False Progressing' },
  })
})

test('a host that an older tenant holds is refused, and that tenant is named', async () => {
  const older = makeTenantObject({
    metadata: { name: 'older', uid: 'o', creationTimestamp: '2025-01-01T00:00:00Z' },
    spec: makeSpec({ domain: 'acme.example.com' }),
  })
  const cache = makeCache({ tenants: [makeTenantObject(), older], plans: [makePlanObject()] })
  const { steps, conditions, status } = await runPass({ cache, observed: emptyWorld() })
  expect({ steps, ready: conditions.Ready }).toEqual({ steps: [], ready: 'False HostConflict' })
  expect(status?.conditions?.[0]?.message).toBe(
    'spec.domain: acme.example.com belongs to tenant "older". Change spec.domain of one of them.',
  )
})

test('a step that fails stands in the status, the later stages wait, and it is tried again', async () => {
  const { outcome, steps, conditions } = await runPass({
    observed: emptyWorld(),
    apply() {
      throw forbidden
    },
  })
  expect({ outcome, steps }).toEqual({ outcome: { end: 'backoff', reason: 'Forbidden' }, steps: ['kube.apply'] })
  expect(conditions).toMatchObject({ Ready: 'False Forbidden', NamespaceReady: 'False Forbidden' })
})

test('what an accepted step has still to bring about is waited for, and named', async () => {
  const observed = { ...converged, release: {} }
  const { outcome, status } = await runPass({ observed, apply: () => ({ waitingFor: ['Job migrate'] }) })
  expect(outcome).toEqual({ end: 'wait', withinMs: 8000 })
  expect(status?.conditions?.find(({ type }) => type === 'ReleaseReady')).toMatchObject({
    reason: 'Waiting',
    message: 'Release tenant-acme waits for Job migrate.',
  })
})

test('a database that is still coming up is waited for without an error', async () => {
  const workloads = { ...converged.workloads, database: { found: 'absent' as const } }
  const { outcome, steps, conditions } = await runPass({ observed: { ...converged, workloads } })
  expect({ outcome, steps, ready: conditions.Ready }).toEqual({
    outcome: { end: 'wait' },
    steps: [],
    ready: 'False DatabaseAbsent',
  })
})

test('pods that are not ready yet are looked at often enough to tell within ten seconds what has become of them', async () => {
  const workloads = { ...converged.workloads, database: { found: 'absent' as const }, hasUnreadyPods: true }
  const { outcome } = await runPass({ observed: { ...converged, workloads } })
  expect(outcome).toEqual({ end: 'wait', withinMs: 8000 })
})

describe.each(['kube', 'release'] as const)('where the world cannot be looked at (%s), nothing is done', part => {
  const look = (error: Error) => ({
    look: (at: string) => {
      if (at === part) throw error
    },
  })
  const before = { conditions: [{ type: 'Available', status: 'True', reason: 'Serving', message: 'It answers.' }] }
  const known = having({ status: before })

  test('and Ready is Unknown with the cause, where somebody has to change something', async () => {
    const { outcome, steps, conditions, status } = await runPass({ ...known, ...look(forbidden) })
    expect({ outcome, steps }).toEqual({ outcome: { end: 'backoff', reason: 'Forbidden' }, steps: [] })
    expect(conditions).toEqual({
      Ready: 'Unknown Forbidden',
      Reconciling: 'True Forbidden',
      Stalled: 'False Progressing',
      Available: 'True Serving',
    })
    expect(status?.conditions?.[0]?.message).toBe('Cannot apply Namespace tenant-acme: no. Apply deploy/rbac again.')
  })

  test('and a fault of the operator is told without its words', async () => {
    const { conditions, status } = await runPass({ ...known, ...look(new TypeError('planted-secret')) })
    expect(conditions).toMatchObject({ Ready: 'Unknown UnexpectedError' })
    expect(JSON.stringify(status)).not.toContain('planted-secret')
  })

  test('and what passes by itself leaves the conditions alone', async () => {
    const message = 'Cannot get Namespace: away'
    const passing = new KubeError({ status: 503, reason: 'ServiceUnavailable', message, retryAfterMs: 2_000 })
    const steps: string[] = []
    const apply: PassOptions['apply'] = step => {
      steps.push(step.do)
      return { waitingFor: [] }
    }
    const { outcome, status } = await runPass({ ...known, apply, ...look(passing) })
    expect(outcome).toEqual({ end: 'backoff', reason: 'ServiceUnavailable', passing: { atLeastMs: 2_000 } })
    expect([status, steps]).toEqual([undefined, []])
  })
})

describe('what is not watched of a tenant is taken from its status', () => {
  const digest = 'd'.repeat(64)
  const release = { name: 'tenant-acme', revision: 1, chartVersion: '0.1.0', digest: desired.release.digest }
  const status = { ...readyStatus, release }
  const record = (spec: object = {}) => ({
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'TenantRelease',
    metadata: { name: 'tenant-acme', namespace: 'tenant-acme' },
    spec: {
      ...{ release: release.name, chart: 'tenant', chartVersion: '0.1.0', digest: release.digest, revision: 1 },
      inventory: [{ ...service, digest, change: 'Apply' }],
      ...spec,
    },
  })
  const withCondition = (type: string, value: string) => ({
    ...status,
    conditions: status.conditions?.map(one => (one.type === type ? { ...one, status: value } : one)),
  })
  const looksOf = async (fields: Parameters<typeof makeTenantObject>[0], spec?: object, options: object = {}) => {
    const looks: string[] = []
    const tenants = [makeTenantObject({ status, ...fields })]
    const cache = makeCache({ tenants, plans: [makePlanObject()], releases: [record(spec)] })
    const pass = { cache, observed: installed, mayRely: true, look: (at: string) => void looks.push(at), ...options }
    return { looks, pass: await runPass(pass) }
  }

  test('and nothing of it is read, where it is as the status says', async () => {
    const { looks, pass } = await looksOf({})
    expect({ looks, outcome: pass.outcome, steps: pass.steps }).toEqual({
      looks: ['kube'],
      outcome: { end: 'done' },
      steps: [],
    })
    expect(pass.conditions).toMatchObject({ Ready: 'True Converged' })
  })

  test('also that its other objects are ready; while it is not Ready they are asked each time', async () => {
    const agent = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'tenant-acme', name: 'agent' }
    const inventory = [
      { ...service, digest, change: 'Apply' },
      { ...agent, digest, change: 'Apply' },
    ]
    const held = {
      ...installed.release,
      ...(installed.release.record ? { record: { ...installed.release.record, inventory } } : {}),
    }
    const unready = [{ ref: agent, reason: 'ObjectNotReady', message: 'no pods' }] as const
    const asked = async (ready: string, mayRely: boolean) => {
      const observed = { ...installed, release: held as typeof installed.release, unready }
      const { pass } = await looksOf({ status: withCondition('Ready', ready) }, { inventory }, { mayRely, observed })
      return pass.conditions.Ready
    }
    expect([await asked('True', true), await asked('True', false), await asked('False', true)]).toEqual([
      'True Converged',
      'False ObjectNotReady',
      'False ObjectNotReady',
    ])
  })

  test('also while something else is waited for', async () => {
    const conditions = status.conditions?.map(one => (one.type === 'Ready' ? { ...one, status: 'False' } : one))
    expect((await looksOf({ status: { ...status, conditions } })).looks).toEqual(['kube'])
  })

  test.each<[string, object, object, object?]>([
    ['it was edited', { metadata: { generation: 2 } }, {}],
    ['the status does not say that it is deployed', { status: { ...status, conditions: [] } }, {}],
    ['another revision was begun', {}, { revision: 2 }],
    ['the same revision of other values was begun', {}, { digest }],
    ['a repair was begun', {}, { inventory: [service] }],
    ['it is time for it', {}, {}, { mayRely: false }],
    ['something of it was edited by hand', { status: withCondition('Drifted', 'True') }, {}],
    ['it could not be looked at before', { status: withCondition('Ready', 'Unknown') }, {}],
  ])('but all of it where %s', async (_, fields, spec, options = {}) => {
    expect((await looksOf(fields, spec, options)).looks).toEqual(['kube', 'release'])
  })

  test('a change of the plan brings the release on, which is looked at before', async () => {
    const cache = makeCache({ tenants: [makeTenantObject({ status })], plans: [], releases: [record()] })
    cache.plans.put(makePlanObject({ ...makePlan(), displayName: 'x', app: { ...makePlan().app, apiReplicas: 7 } }))
    const seen: unknown[] = []
    const apply = (_: unknown, release?: unknown) => {
      seen.push(release)
      return { waitingFor: [] }
    }
    const { steps } = await runPass({ cache, observed: installed, mayRely: true, apply })
    expect({ steps, seen }).toEqual({ steps: ['helm.upgrade'], seen: [undefined] })
  })
})
