/** Properties of a deletion, from every state in which it may begin or be taken up again. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Leaving, leavingAfter } from '../../test/make/step-world.ts'
import { makeDesired, standingWorld, TENANT } from '../../test/make/tenant.ts'
import { ownershipLabels } from './namespace.ts'
import type { TeardownObservation, VolumeObservation } from './observation.ts'
import { planTeardown } from './teardown.ts'

const desired = makeDesired()
const standing = standingWorld(desired)
const PASSES = 12

const policies = fc.constantFrom('Retain', 'Delete')
const marks = fc.constantFrom({}, ownershipLabels(TENANT))

const volumes = fc
  .array(fc.record({ policy: policies, labels: marks, phase: fc.constantFrom('Bound', 'Released', 'Failed') }), {
    maxLength: 4,
  })
  .map(all => all.map((volume, index): VolumeObservation => ({ ...volume, name: `pv-${index}` })))

const worlds: fc.Arbitrary<TeardownObservation> = fc
  .record({
    whose: fc.constantFrom('own', 'foreign', 'absent'),
    terminating: fc.boolean(),
    volumes,
    copied: fc.boolean(),
    installed: fc.boolean(),
    rights: fc.subarray([...standing.objects]),
  })
  .map(({ whose, terminating, volumes, copied, installed, rights }) => {
    const { namespace } = standing
    if (namespace.found === 'absent') throw new Error('the world stands')
    const own = whose === 'own'
    return {
      namespace:
        whose === 'absent'
          ? { found: 'absent' }
          : { ...namespace, terminating, labels: own ? namespace.labels : { 'tenantry.dev/tenant-uid': 'former' } },
      objects: new Map(own ? rights : []),
      release: own && installed ? standing.release : {},
      // A claim lies in a namespace; only one's own is asked about.
      volumes: volumes.filter(({ phase }) => own || phase !== 'Bound'),
      secrets: own ? standing.secrets.map(secret => ({ ...secret, copied })) : [],
      crdTerminating: false,
    }
  })

function planIn(world: TeardownObservation, deletionPolicy: 'Retain' | 'Delete') {
  const inputs = { tenant: TENANT, deletionPolicy, operatorNamespace: 'tenantry-system', access: desired.access }
  return planTeardown(inputs, world).stages
}

function torn(world: TeardownObservation, deletionPolicy: 'Retain' | 'Delete'): Leaving {
  let leaving: Leaving = { world, ended: false }
  for (let pass = 0; pass < PASSES && !leaving.ended; pass += 1) {
    leaving = leavingAfter(leaving, planIn(leaving.world, deletionPolicy))
    // The cluster removes what was given up: a marked volume of policy Delete whose claim has gone.
    const remaining = leaving.world.volumes.filter(
      ({ policy, phase, labels }) => policy === 'Retain' || phase === 'Bound' || Object.keys(labels).length === 0,
    )
    leaving = { ...leaving, world: { ...leaving.world, volumes: remaining } }
  }
  return leaving
}

test('a deletion ends with its finalizer, wherever it began', () => {
  fc.assert(
    fc.property(worlds, policies, (world, policy) => {
      fc.pre(
        world.namespace.found === 'absent' || world.volumes.every(({ phase }) => phase !== 'Bound' || isOwn(world)),
      )
      expect(torn(world, policy).ended).toBe(true)
    }),
  )
})

test('a namespace of somebody else is neither changed nor deleted', () => {
  fc.assert(
    fc.property(worlds, policies, (world, policy) => {
      fc.pre(!isOwn(world))
      const verbs = planIn(world, policy).flatMap(({ steps }) => steps.map(step => step.do))
      expect(verbs.filter(verb => verb !== 'kube.setFinalizer')).toEqual([])
    }),
  )
})

test('a volume without a mark whose claim had gone before is left as it was', () => {
  fc.assert(
    fc.property(worlds, policies, (world, policy) => {
      const strangers = ({ volumes }: TeardownObservation) =>
        volumes.filter(({ labels, phase }) => Object.keys(labels).length === 0 && phase !== 'Bound')
      const named = new Set(strangers(world).map(({ name }) => name))
      const after = torn(world, policy).world.volumes.filter(({ name }) => named.has(name))
      expect(after).toEqual(strangers(world))
    }),
  )
})

test('with Retain, no volume that a claim of the tenant holds is lost, even where its namespace is already going', () => {
  fc.assert(
    fc.property(worlds, world => {
      fc.pre(isOwn(world))
      const held = world.volumes.filter(({ phase }) => phase === 'Bound').map(({ name }) => name)
      const kept = torn(world, 'Retain').world.volumes.map(({ name }) => name)
      expect(held.filter(name => !kept.includes(name))).toEqual([])
    }),
  )
})

function isOwn({ namespace }: TeardownObservation): boolean {
  return namespace.found === 'present' && namespace.labels['tenantry.dev/tenant-uid'] === TENANT.uid
}
