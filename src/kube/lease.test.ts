import { expect, test } from 'vitest'
import { planCandidacy } from './lease.ts'

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
