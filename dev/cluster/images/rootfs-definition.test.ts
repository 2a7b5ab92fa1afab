import { expect, test } from 'vitest'
import { baseLayer, layersOf, nodeLayer, postgresLayer, rootfsEntry } from './rootfs-definition.ts'

test('the entry of a layer changes with its own definition and with what is below it', () => {
  const entry = rootfsEntry(nodeLayer)
  expect(rootfsEntry(structuredClone(nodeLayer))).toBe(entry)
  expect(rootfsEntry({ ...nodeLayer, packages: [...nodeLayer.packages, 'less'] })).not.toBe(entry)
  expect(rootfsEntry({ ...nodeLayer, on: { ...baseLayer, packages: [] } })).not.toBe(entry)
})

test('all layers stand on one base, which is at the bottom', () => {
  expect(layersOf(nodeLayer)).toEqual([baseLayer, nodeLayer])
  expect(layersOf(postgresLayer)).toEqual([baseLayer, postgresLayer])
})
