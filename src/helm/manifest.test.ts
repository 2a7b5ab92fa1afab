import { expect, test } from 'vitest'
import { objectKey, parseManifest, placeObjects } from './manifest.ts'
import type { KindRef } from './port.ts'

const manifest = `---
# Source: shop/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  enabled: "yes"
  mode: 0644
  switch: on
---
# Source: shop/templates/empty.yaml
---
# Source: shop/templates/list.yaml
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata: { name: web, namespace: other }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: more }
    data: { a: 1 }
`

const scopeOf = ({ kind }: KindRef) =>
  kind === 'ClusterRole' ? 'Cluster' : kind === 'Unheard' ? 'NotServed' : 'Namespaced'

function object(kind: string, name: string, namespace?: string) {
  return { apiVersion: 'v1', kind, metadata: namespace === undefined ? { name } : { name, namespace } }
}

test('documents and the items of lists become objects in the order of the manifest, read as Kubernetes reads YAML', () => {
  expect(parseManifest(manifest)).toEqual([
    { ...object('ConfigMap', 'settings'), data: { enabled: 'yes', mode: 420, switch: true } },
    object('Service', 'web', 'other'),
    { ...object('ConfigMap', 'more'), data: { a: 1 } },
  ])
})

test('a list of one kind gives its items their kind', () => {
  const list = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n  - metadata: {name: a}\n'
  expect(parseManifest(list)).toEqual([object('ConfigMap', 'a')])
})

test('merge keys are merged and the last of equal keys counts', () => {
  const text =
    'apiVersion: v1\nkind: A\nmetadata: {name: x}\nbase: &b {k: 1, l: 2}\ndata:\n  <<: *b\n  k: 3\n  m: 4\n  m: 5\n'
  expect(parseManifest(text)[0]?.data).toEqual({ k: 3, l: 2, m: 5 })
})

test.each([
  ['data: [unclosed', 'it is not YAML'],
  ['metadata: {name: planted-secret}\nkind: Secret', 'no Kubernetes object, for lack of apiVersion'],
  [
    'apiVersion: v1\nkind: Pod\nmetadata: {generateName: planted-secret}',
    'no Kubernetes object, for lack of metadata.name',
  ],
  ['planted-secret', 'no Kubernetes object, for lack of the object itself'],
])('what cannot be read is named by its template and not quoted', (text, why) => {
  const read = () => parseManifest(`---\n# Source: shop/templates/x.yaml\n${text}\n`)
  expect(read).toThrow(expect.objectContaining({ reason: 'ReleaseUnreadable' }))
  expect(read).toThrow(`Cannot read shop/templates/x.yaml: ${why}`)
  expect(read).not.toThrow('planted-secret')
})

test('objects without a namespace get that of the release', () => {
  expect(placeObjects([object('A', 'x'), object('B', 'x', 'ours')], 'ours', scopeOf)).toEqual([
    object('A', 'x', 'ours'),
    object('B', 'x', 'ours'),
  ])
})

test('every object outside the namespace is refused by name', () => {
  const objects = [object('A', 'x'), object('ClusterRole', 'all'), object('A', 'y', 'kube-system')]
  expect(() => placeObjects(objects, 'ours', scopeOf)).toThrow(
    expect.objectContaining({
      reason: 'OutsideNamespace',
      message: 'Outside namespace ours, where a release must stay, lie: ClusterRole (v1) all, A (v1) kube-system/y',
    }),
  )
})

test('an object rendered twice is refused, also in two versions of its API', () => {
  const twice = ['apps/v1', 'apps/v1beta1'].map(apiVersion => ({ ...object('A', 'x'), apiVersion }))
  expect(() => placeObjects(twice, 'ours', scopeOf)).toThrow(
    expect.objectContaining({
      reason: 'DuplicateObject',
      message: 'The chart renders more than once: A (apps/v1beta1) ours/x',
    }),
  )
})

test('a kind that nobody serves is refused', () => {
  expect(() => placeObjects([object('Unheard', 'x')], 'ours', scopeOf)).toThrow(
    expect.objectContaining({ reason: 'KindNotServed' }),
  )
})

test('the key of an object leaves the version of its API out', () => {
  expect([object('A', 'x', 'ours'), { ...object('A', 'x', 'ours'), apiVersion: 'apps/v1' }].map(objectKey)).toEqual([
    '/A/ours/x',
    'apps/A/ours/x',
  ])
})
