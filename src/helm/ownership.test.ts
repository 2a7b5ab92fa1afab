import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { isKept, otherOwner } from './ownership.ts'
import { stampedObject } from './stamp.ts'

const helms = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'tenant-acme', 'meta.helm.sh/release-namespace': 'tenant-acme' },
}
const owner = (metadata: object) => otherOwner(makeConfigMap('x', {}, metadata), RELEASE)

test('a stamped object is the release’s, and so is one that helm has written for it', () => {
  expect(otherOwner(stampedObject(makeConfigMap('x'), RELEASE), RELEASE)).toBeUndefined()
  expect(owner(helms)).toBeUndefined()
})

test('an object whose marks somebody took off in part is still the tenant’s', () => {
  expect(owner({ labels: { 'tenantry.dev/tenant-uid': RELEASE.tenant.uid } })).toBeUndefined()
})

test.each([
  [{}, 'nobody that has marked it'],
  [{ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, 'nobody that has marked it'],
  [{ labels: { 'app.kubernetes.io/managed-by': 'tenantry' } }, 'tenantry'],
  [{ ...helms, labels: { 'app.kubernetes.io/managed-by': 'argocd' } }, 'argocd'],
  [
    { ...helms, annotations: { ...helms.annotations, 'meta.helm.sh/release-name': 'shop' } },
    'release tenant-acme/shop',
  ],
  [
    { ...helms, labels: { ...helms.labels, 'tenantry.dev/tenant': 'old', 'tenantry.dev/tenant-uid': '0' } },
    'tenant old',
  ],
])('anybody else’s object is not: %j', (metadata, whose) => {
  expect(owner(metadata)).toBe(whose)
})

test('Helm’s resource policy keeps an object, in any case of the word', () => {
  const kept = (policy: string) =>
    isKept(makeConfigMap('x', {}, { annotations: { 'helm.sh/resource-policy': policy } }))
  expect(['keep', ' Keep ', 'delete'].map(kept)).toEqual([true, true, false])
})
