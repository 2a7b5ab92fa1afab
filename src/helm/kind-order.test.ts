import { expect, test } from 'vitest'
import { uninstallWaves } from './kind-order.ts'

test('what serves and uses goes first, then databases, then what they may need', () => {
  const kinds = ['Secret', 'Cluster', 'ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'Ingress', 'Role']
  const waves = uninstallWaves(kinds.map(kind => ({ apiVersion: 'x/v1', kind, namespace: 'n', name: 'x' })))
  expect(waves.map(wave => wave.map(({ kind }) => kind))).toEqual([
    ['Ingress', 'Service', 'PodDisruptionBudget', 'Deployment'],
    ['Cluster', 'Role', 'ConfigMap', 'Secret'],
  ])
})

test('objects of one kind go in the order of their names', () => {
  const [first] = uninstallWaves(['b', 'a'].map(name => ({ apiVersion: 'v1', kind: 'Service', name })))
  expect(first.map(({ name }) => name)).toEqual(['a', 'b'])
})
