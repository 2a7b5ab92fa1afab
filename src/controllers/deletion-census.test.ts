import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeTenantObject, NOW } from '../../test/make/pass.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { createDeletionCensus } from './deletion-census.ts'

const tenant = (uid: string, leaving: boolean) =>
  makeTenantObject({ metadata: { name: uid, uid, ...(leaving ? { deletionTimestamp: NOW } : {}) } })
const environment = (name: string, uid: string | undefined, leaving: boolean): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    uid: `uid-${name}`,
    ...(uid === undefined ? {} : { labels: { [names.TENANT_UID_LABEL]: uid } }),
    ...(leaving ? { deletionTimestamp: NOW } : {}),
  },
})

const uid = fc.constantFrom('a', 'b', 'c')
const name = fc.constantFrom('x', 'y', 'z')
const event = fc.oneof(
  fc.record({ on: fc.constant('tenants' as const), object: fc.tuple(uid, fc.boolean()).map(at => tenant(...at)) }),
  fc.record({
    on: fc.constant('namespaces' as const),
    object: fc.tuple(name, fc.option(uid, { nil: undefined }), fc.boolean()).map(at => environment(...at)),
  }),
)

/** Counted anew. */
function counted({ tenants, namespaces }: ReturnType<typeof makeCache>) {
  const known = new Set(tenants.list().map(({ metadata }) => metadata.uid))
  const standing = namespaces.list().flatMap(({ metadata }) => {
    const owner = metadata.labels?.[names.TENANT_UID_LABEL]
    return owner === undefined || metadata.deletionTimestamp !== undefined ? [] : [owner]
  })
  const leaving = tenants.list().filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  return [known.size, standing.filter(owner => !known.has(owner)).length, leaving.length]
}

test('whatever comes and goes, the census says what a new count would', () => {
  const happening = fc.array(fc.tuple(event, fc.boolean()), { maxLength: 30 })
  fc.assert(
    fc.property(happening, fc.nat({ max: 30 }), (happenings, seenFirst) => {
      const cache = makeCache()
      let version = 0
      const carryOut = (part: typeof happenings) => {
        for (const [{ on, object }, gone] of part) {
          version += 1
          const resourceVersion = `${version}`
          if (gone) cache[on].remove(object)
          else cache[on].put({ ...object, metadata: { ...object.metadata, resourceVersion } })
        }
      }
      carryOut(happenings.slice(0, seenFirst))
      const census = createDeletionCensus(cache)
      carryOut(happenings.slice(seenFirst))
      expect([census.tenants(), census.vanished(), [...census.leaving()].length]).toEqual(counted(cache))
    }),
  )
})
