import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import type { InventoryEntry } from '../crds/tenant-release.ts'
import type { KubeObject } from '../plan/object.ts'
import { distrusted, joined, planChange } from './change.ts'
import { entryKey, objectKey } from './manifest.ts'
import { settled } from './promise.ts'
import { stampedDigest, stampedObject } from './stamp.ts'

const stamped = (name: string, content: string, metadata: object = {}) =>
  stampedObject(makeConfigMap(name, { content }, { namespace: RELEASE.namespace, ...metadata }), RELEASE)
/** When all of it has been applied. */
const inventoryOf = (objects: readonly KubeObject[]) => settled(planChange(objects, []).inventory, true)
const KEEP = { annotations: { 'helm.sh/resource-policy': 'keep' } }
const namesOf = (found: readonly (KubeObject | InventoryEntry)[]) =>
  found.map(one => ('metadata' in one ? (one as KubeObject).metadata.name : (one as InventoryEntry).name))

test('only what changed is applied, what is gone is pruned, and neither can be relied on meanwhile', () => {
  const before = inventoryOf([stamped('same', '1'), stamped('old', '1'), stamped('gone', '1')])
  const change = planChange([stamped('same', '1'), stamped('old', '2'), stamped('new', '1')], before)
  expect([namesOf(change.apply), namesOf(change.prune), change.unchanged]).toEqual([['old', 'new'], ['gone'], 1])
  const digests = (entries: readonly InventoryEntry[]) =>
    entries.map(({ name, digest }) => [name, digest !== undefined])
  expect(digests(settled(change.inventory, false))).toEqual([
    ['same', true],
    ['old', false],
    ['new', false],
    ['gone', false],
  ])
  expect(digests(settled(change.inventory, true))).toEqual([
    ['same', true],
    ['old', true],
    ['new', true],
  ])
})

test('the inventory says what is to be kept; that the object says so too is for whoever prunes to see', () => {
  const before = inventoryOf([stamped('data', '1', KEEP)])
  expect(before).toMatchObject([{ name: 'data', keep: true }])
  const change = planChange([], before)
  expect([namesOf(change.prune), settled(change.inventory, true)]).toEqual([['data'], []])
})

test('an object that moves to another version of its API is applied and not pruned', () => {
  const before = inventoryOf([{ ...stamped('x', '1'), apiVersion: 'apps/v1beta1' }])
  const change = planChange([{ ...stamped('x', '2'), apiVersion: 'apps/v1' }], before)
  expect([namesOf(change.apply), change.prune]).toEqual([['x'], []])
})

test('a distrusted inventory applies everything again, and objects of others are pruned', () => {
  const objects = [stamped('x', '1')]
  const known = joined(distrusted(inventoryOf(objects)), [
    makeConfigMap('theirs'),
    makeConfigMap('x', {}, { namespace: RELEASE.namespace }),
  ])
  const change = planChange(objects, known)
  expect([namesOf(change.apply), namesOf(change.prune)]).toEqual([['x'], ['theirs']])
})

/** A revision of a chart: which objects it has, with what content. */
const revision = fc
  .dictionary(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.record({ content: fc.constantFrom('1', '2'), keep: fc.boolean() }),
  )
  .map(objects => Object.entries(objects).map(([name, { content, keep }]) => stamped(name, content, keep ? KEEP : {})))

interface World {
  objects: Map<string, KubeObject>
  inventory: readonly InventoryEntry[]
  /** Helm's record of the inventory's revision says that it is deployed. */
  recorded: boolean
  /** What a revision left because it said so. */
  kept: Set<string>
}

/** Carries a change out as applyRelease does, and stops after `writes` of its writes. */
function carryOut(world: World, objects: readonly KubeObject[], writes = Number.POSITIVE_INFINITY): void {
  const change = planChange(objects, settled(world.inventory, world.recorded))
  const effects = [
    () => {
      world.inventory = change.inventory
      world.recorded = false
    },
    ...change.apply.map(object => () => {
      world.objects.set(objectKey(object), object)
      world.kept.delete(objectKey(object))
    }),
    ...change.prune.map(entry => () => {
      const found = world.objects.get(entryKey(entry))
      if (found?.metadata.annotations?.['helm.sh/resource-policy'] === 'keep') world.kept.add(entryKey(entry))
      else world.objects.delete(entryKey(entry))
    }),
    () => {
      world.recorded = true
    },
  ]
  for (const effect of effects.slice(0, writes)) effect()
}

test('after a change there is nothing left to change', () => {
  fc.assert(
    fc.property(fc.array(revision, { minLength: 1, maxLength: 4 }), revisions => {
      const world: World = { objects: new Map(), inventory: [], recorded: false, kept: new Set() }
      for (const objects of revisions) carryOut(world, objects)
      const { apply, prune } = planChange(revisions.at(-1) ?? [], settled(world.inventory, world.recorded))
      expect([apply, prune]).toEqual([[], []])
    }),
  )
})

test('wherever revisions break off, the next whole one leaves exactly its objects and what was to be kept', () => {
  const brokenOff = fc.tuple(revision, fc.nat({ max: 8 }))
  fc.assert(
    fc.property(fc.array(brokenOff, { maxLength: 4 }), revision, (attempts, last) => {
      const world: World = { objects: new Map(), inventory: [], recorded: false, kept: new Set() }
      for (const [objects, writes] of attempts) carryOut(world, objects, writes)
      carryOut(world, last)
      const found = [...world.objects].filter(([key]) => !world.kept.has(key))
      expect(new Map(found.map(([key, object]) => [key, stampedDigest(object)]))).toEqual(
        new Map(last.map(object => [objectKey(object), stampedDigest(object)])),
      )
    }),
    { numRuns: 500 },
  )
})
