import { expect, test } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import { createObjectStore } from './object-store.ts'

function makeObject(name: string, resourceVersion = '1', uid = `uid-${name}`) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'acme', uid, resourceVersion } }
}

test('a list after a pause says what has changed since, and only that', () => {
  const store = createObjectStore()
  store.replace([makeObject('same'), makeObject('changed'), makeObject('gone')])
  expect(store.replace([makeObject('same'), makeObject('changed', '2'), makeObject('new')])).toEqual([
    { type: 'deleted', object: makeObject('gone') },
    { type: 'updated', object: makeObject('changed', '2'), previous: makeObject('changed') },
    { type: 'added', object: makeObject('new') },
  ])
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['same', 'changed', 'new'])
})

test('an object that was replaced by another of its name is deleted and added', () => {
  const store = createObjectStore()
  store.replace([makeObject('a')])
  expect(store.replace([makeObject('a', '9', 'other')])).toEqual([
    { type: 'deleted', object: makeObject('a') },
    { type: 'added', object: makeObject('a', '9', 'other') },
  ])
})

test('an event that is told twice changes nothing the second time', () => {
  const store = createObjectStore()
  expect(store.put(makeObject('a'))).toEqual([{ type: 'added', object: makeObject('a') }])
  expect(store.put(makeObject('a'))).toEqual([])
  expect(store.remove(makeObject('a'))).toEqual([{ type: 'deleted', object: makeObject('a') }])
  expect(store.remove(makeObject('a'))).toEqual([])
})

test('objects are found by name and namespace', () => {
  const store = createObjectStore()
  store.replace([makeObject('a')])
  expect([store.get('a', 'acme'), store.get('a'), store.get('a', 'other')]).toEqual([
    makeObject('a'),
    undefined,
    undefined,
  ])
})

test('a store that packs its objects tells the same as one that does not', () => {
  const keyOf = ({ metadata }: KubeObject) => metadata.resourceVersion
  const life = (packed: boolean) => {
    const store = createObjectStore({ keyOf, packed })
    const objects = Array.from({ length: 12 }, (_, index) => makeObject(`object-${index}`))
    const told = [store.replace(objects.slice(0, 1)), store.put(makeObject('object-0', '2')), store.replace(objects)]
    const found = [
      store.list('acme'),
      store.list('other'),
      store.indexed('1'),
      store.indexed('2'),
      store.get('object-7', 'acme'),
    ]
    const gone = objects.slice(1).map(object => store.remove(object))
    return [
      told,
      found,
      gone,
      store.list(),
      store.put(makeObject('object-0', '3', 'another')),
      store.indexed('3'),
      store.size,
    ]
  }
  expect(life(true)).toEqual(life(false))
})

test('a namespace may have many objects of a kind, and few again', () => {
  const store = createObjectStore()
  const all = Array.from({ length: 20 }, (_, index) => makeObject(`object-${index}`))
  for (const object of all) store.put(object)
  store.put(makeObject('object-7', '2'))
  expect([store.size, store.list('acme').length, store.get('object-7', 'acme')?.metadata.resourceVersion]).toEqual([
    20,
    20,
    '2',
  ])
  for (const object of all.slice(1)) store.remove(object)
  expect([store.list('acme'), store.list()]).toEqual([[all[0]], [all[0]]])
  store.remove(makeObject('object-0'))
  expect([store.size, store.list()]).toEqual([0, []])
})
