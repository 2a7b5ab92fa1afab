/**
 * Which fields the API server said that an object held after its apply. The same object of another tenant will hold the same,
 * so that its inventory can say so before the apply, and is not written once more after it. A guess that is wrong costs
 * that second write.
 */
import { digestOf } from '../plan/digest.ts'
import type { KubeObject } from '../plan/object.ts'

export interface FieldsMemory {
  /** Undefined of an object unlike all before. */
  expected(object: KubeObject): string | undefined
  learn(object: KubeObject, fields: string): void
}

/** Charts with more kinds of objects than that learn anew. */
const MOST = 10_000

export function createFieldsMemory(): FieldsMemory {
  const known = new Map<string, string>()
  return {
    expected: object => known.get(shapeOf(object)),
    learn(object, fields) {
      if (known.size >= MOST) known.clear()
      known.set(shapeOf(object), fields)
    },
  }
}

/** Equal for objects that differ in nothing but values. */
function shapeOf(object: KubeObject): string {
  const fields = JSON.stringify(object, (_key, value: unknown) => (typeof value === 'object' ? value : 0))
  return digestOf([object.apiVersion, object.kind, fields])
}
