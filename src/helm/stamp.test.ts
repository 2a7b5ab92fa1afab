import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { stampedDigest, stampedObject } from './stamp.ts'

const object = makeConfigMap('x', { a: '1' }, { labels: { app: 'x' }, annotations: { note: 'y' } })

test('an object is marked as Helm’s and the tenant’s, and keeps what it has', () => {
  const { metadata, ...rest } = stampedObject(object, RELEASE)
  expect(rest).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
  expect(metadata).toEqual({
    name: 'x',
    labels: {
      app: 'x',
      'app.kubernetes.io/managed-by': 'Helm',
      'tenantry.dev/tenant': RELEASE.tenant.name,
      'tenantry.dev/tenant-uid': RELEASE.tenant.uid,
    },
    annotations: {
      note: 'y',
      'meta.helm.sh/release-name': 'tenant-acme',
      'meta.helm.sh/release-namespace': 'tenant-acme',
      'tenantry.dev/applied-digest': expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  })
})

test('the digest is that of the content, whatever the order of its keys', () => {
  const digest = (data: Record<string, string>) => stampedDigest(stampedObject({ ...object, data }, RELEASE))
  expect(digest({ a: '1', b: '2' })).toBe(digest({ b: '2', a: '1' }))
  expect(digest({ a: '1' })).not.toBe(digest({ a: '2' }))
})
