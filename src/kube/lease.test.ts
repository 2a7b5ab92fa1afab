import { expect, test } from 'vitest'
import { planCandidacy, renewalPatch } from './lease.ts'

const REF = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'tenantry', name: 'leader' }
const TERMS = { ref: REF, identity: 'me', durationSeconds: 15, time: 'now' }

function makeLease(spec: object) {
  return {
    apiVersion: REF.apiVersion,
    kind: 'Lease',
    metadata: { name: 'leader', namespace: 'tenantry', resourceVersion: '7' },
    spec,
  }
}

test('where there is no lease, it is made', () => {
  expect(planCandidacy(TERMS, undefined, 0)).toEqual({
    do: 'create',
    object: {
      apiVersion: REF.apiVersion,
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'tenantry' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        renewTime: 'now',
        acquireTime: 'now',
        leaseTransitions: 0,
      },
    },
  })
})

test("another's lease is waited for as long as its own duration says", () => {
  const lease = makeLease({ holderIdentity: 'you', leaseDurationSeconds: 20, leaseTransitions: 3 })
  expect(planCandidacy(TERMS, lease, 19_999)).toEqual({ do: 'wait', holder: 'you' })
  expect(planCandidacy(TERMS, lease, 20_000)).toEqual({
    do: 'patch',
    patch: {
      metadata: { resourceVersion: '7' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        renewTime: 'now',
        acquireTime: 'now',
        leaseTransitions: 4,
      },
    },
  })
})

test('a lease that was given back, or that is ours though we did not hear so, is taken at once', () => {
  const moves = ['', 'me'].map(holderIdentity => planCandidacy(TERMS, makeLease({ holderIdentity }), 0).do)
  expect(moves).toEqual(['patch', 'patch'])
})

test('a renewal changes the Lease, also where the clock stands still', () => {
  const times = new Set<string>()
  let renewTime = ''
  for (let renewals = 0; renewals < 1000; renewals += 1) {
    const { spec } = renewalPatch({ ...TERMS, time: '2026-11-21T09:00:00.250000Z' }, makeLease({ renewTime }))
    renewTime = (spec as { renewTime: string }).renewTime
    expect(renewTime).toMatch(/^2026-11-21T09:00:00\.250\d{3}Z$/)
    times.add(renewTime)
  }
  expect(times.size).toBe(1000)
  const { spec } = renewalPatch({ ...TERMS, time: '2026-11-21T08:59:59.250000Z' }, makeLease({ renewTime }))
  expect(spec).toMatchObject({ renewTime: '2026-11-21T08:59:59.250000Z' })
})
