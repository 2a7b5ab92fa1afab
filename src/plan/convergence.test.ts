/** Properties of the plan of a tenant that stays, in worlds that half exist, are outdated or have strangers in them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { worldAfter } from '../../test/make/step-world.ts'
import { convergedWorld, emptyWorld, makeDesired, makePlan, makeSpec } from '../../test/make/tenant.ts'
import { isOwnNamespace } from './namespace.ts'
import { refKey, refOf } from './object.ts'
import type { OwnedObject, TenantObservation } from './observation.ts'
import { type DesiredTenant, planTenant } from './tenant.ts'

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/)
const count = fc.integer({ min: 1, max: 20 })

const desiredTenants = fc
  .record({ name, uid: fc.uuid(), apiReplicas: count, deletionProtection: fc.boolean(), instances: count })
  .map(({ name, uid, apiReplicas, deletionProtection, instances }) =>
    makeDesired({
      tenant: { name, uid },
      spec: makeSpec({ deletionProtection, overrides: { app: { apiReplicas } } }),
      plan: makePlan({ database: { ...makePlan().database, instances } }),
    }),
  )

const stranger: OwnedObject = {
  ref: { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'tenant-x', name: 'made-by-somebody' },
  uid: 'stranger',
  appliedDigest: 'theirs',
}

/** Of everything desired, some is there, some is outdated and some is missing; and there is more than was asked for. */
function worldsFor(desired: DesiredTenant): fc.Arbitrary<TenantObservation> {
  const full = convergedWorld(desired)
  const { record } = full.release
  if (record === undefined) throw new Error('a converged world has a record')
  const objects = [...full.objects.values()]
  return fc
    .record({
      namespace: fc.constantFrom(full.namespace, emptyWorld().namespace, { ...full.namespace, appliedDigest: 'old' }),
      states: fc.array(fc.constantFrom('current', 'outdated', 'missing'), {
        minLength: objects.length,
        maxLength: objects.length,
      }),
      secrets: fc.subarray([...full.secretKeys]),
      drifts: fc.array(fc.constantFrom('due', 'held', 'none'), {
        minLength: objects.length,
        maxLength: objects.length,
      }),
      release: fc.constantFrom(
        full.release,
        {},
        { record },
        { ...full.release, record: { ...record, state: 'Applying' as const } },
        { record: { ...record, digest: 'old' }, latest: { revision: 1, status: 'deployed' } },
        { record, latest: { revision: 2, status: 'deployed' } },
        { record, latest: { revision: 1, status: 'failed' } },
      ),
    })
    .map(({ namespace, states, secrets, drifts, release }) => {
      const drifted = (as: 'due' | 'held') =>
        objects.filter((_, index) => drifts[index] === as).map(({ ref }) => ({ ref, what: 'edited' as const }))
      const found = objects.flatMap((object, index) => {
        if (states[index] === 'missing') return []
        return [states[index] === 'outdated' ? { ...object, appliedDigest: 'old' } : object]
      })
      return {
        ...full,
        namespace,
        objects: new Map([stranger, ...found].map(object => [refKey(object.ref), object])),
        secretKeys: new Map([...secrets, ['made-by-somebody', ['key']]]),
        release,
        drift: { due: drifted('due'), held: drifted('held') },
      }
    })
}

const pairs = desiredTenants.chain(desired => worldsFor(desired).map(world => ({ desired, world })))

test('a satisfied world plans nothing, whatever the tenant', () => {
  fc.assert(
    fc.property(desiredTenants, desired => {
      expect(planTenant(desired, convergedWorld(desired))).toEqual([])
    }),
  )
})

test('carrying out a plan leaves nothing to do, wherever it began', () => {
  fc.assert(
    fc.property(pairs, ({ desired, world }) => {
      expect(planTenant(desired, worldAfter(world, planTenant(desired, world)))).toEqual([])
    }),
  )
})

test('a pass that was cut off after any stage is completed by the next one', () => {
  fc.assert(
    fc.property(pairs, fc.nat(5), ({ desired, world }, done) => {
      const cut = worldAfter(world, planTenant(desired, world).slice(0, done))
      expect(planTenant(desired, worldAfter(cut, planTenant(desired, cut)))).toEqual([])
    }),
  )
})

test('what was edited is applied again, and what is held is left alone, whatever it lacks', () => {
  fc.assert(
    fc.property(pairs, ({ desired, world }) => {
      const applied = planTenant(desired, world).flatMap(({ steps }) =>
        steps.flatMap(step => (step.do === 'kube.apply' ? [refKey(refOf(step.object))] : [])),
      )
      expect(world.drift.due.filter(({ ref }) => !applied.includes(refKey(ref)))).toEqual([])
      expect(world.drift.held.filter(({ ref }) => applied.includes(refKey(ref)))).toEqual([])
    }),
  )
})

test('strangers in the namespace, and Secrets that exist, stay as they are', () => {
  fc.assert(
    fc.property(pairs, ({ desired, world }) => {
      const after = worldAfter(world, planTenant(desired, world))
      expect(after.objects.get(refKey(stranger.ref))).toEqual(stranger)
      for (const [secret, keys] of world.secretKeys) expect(after.secretKeys.get(secret)).toEqual(keys)
    }),
  )
})

test("everything applied carries the tenant's marks and lies in its own namespace", () => {
  fc.assert(
    fc.property(desiredTenants, desired => {
      const { tenant, namespace } = desired.release
      const found = {
        found: 'present',
        uid: '',
        terminating: false,
        labels: desired.namespace.metadata.labels ?? {},
      } as const
      expect(isOwnNamespace(found, tenant)).toBe(true)
      const objects = [...desired.access, ...desired.policies, ...desired.secrets.map(({ object }) => object)]
      expect(
        objects.filter(
          ({ metadata }) =>
            metadata.namespace !== namespace ||
            metadata.labels?.['tenantry.dev/tenant'] !== tenant.name ||
            metadata.labels?.['tenantry.dev/tenant-uid'] !== tenant.uid,
        ),
      ).toEqual([])
    }),
  )
})

test('a tenant that stays never has anything deleted by its plan', () => {
  fc.assert(
    fc.property(pairs, ({ desired, world }) => {
      const verbs = new Set(planTenant(desired, world).flatMap(({ steps }) => steps.map(step => step.do)))
      expect(
        [...verbs].filter(verb => !['kube.apply', 'kube.createSecret', 'helm.upgrade', 'helm.repair'].includes(verb)),
      ).toEqual([])
    }),
  )
})
