/**
 * An object as a list of its values. Which fields they are of is the same for a thousand objects and kept once, where a plain
 * object has a header and a word for each field, and so has each object within it.
 */
import type { KubeObject } from '../plan/object.ts'
import { CODE, type Code, coded, codeOf, decoded } from './packed-text.ts'
import { isUnique, sharedText } from './shared-text.ts'

/** As a store keeps it: packed, or as it is where that cannot be done. */
export type Kept = KubeObject | Packed

/** Without a shape the values are as they were. */
type Packed = readonly [shape: Shape | undefined, ...values: unknown[]]

interface Shape {
  readonly part: Part
  /** How many values it has. Of an array those of all items follow one another, and null is that of an item without any. */
  readonly width: number
  /** Where in the list the name is; 0 if there is none. */
  readonly nameAt: number
}

/** A code, or `LIST` for an array, stands for the next value; everything else for itself. */
type Part = Code | typeof LIST | string | readonly [] | Fields

/** Names in the order in which objects have them, which is that of the API server. */
interface Fields {
  readonly names: readonly string[]
  readonly parts: readonly Part[]
  /** To be copied: a field that is there is set at less cost than one that is added. */
  readonly empty: Readonly<Record<string, null>>
}

const LIST = -1

/** Each is a few KB. Beyond these the table is begun anew: what has a shape keeps it, and nobody makes it grow without end. */
const MAX_SHAPES = 2000
const shapes = new Map<string, Shape>()
/** The last one of each kind, or of each array's name: mostly the next one's too. */
const latest = new Map<string, Shape>()
/** Of an array whose items are not alike: each is in a list of its own. */
const UNLIKE: Shape = { part: [], width: 0, nameAt: 0 }

export function pack(object: KubeObject): Kept {
  const shape = shapeFor(object, `/${object.kind}`)
  if (shape === undefined || shape.nameAt === 0) return object
  const values: unknown[] = [shape]
  collect(object, shape.part, '', values)
  return exact(values)
}

export function unpack(kept: Kept): KubeObject {
  if (!isPacked(kept)) return kept
  return filled(kept[0]?.part ?? [], { at: 1, values: kept }) as KubeObject
}

/** Without unpacking it. */
export function nameOf(kept: Kept): string {
  return isPacked(kept) ? (kept[kept[0]?.nameAt ?? 0] as string) : kept.metadata.name
}

/** A list of kept objects is not. */
export function isPacked(kept: unknown): kept is Packed {
  return Array.isArray(kept) && !Array.isArray(kept[0]) && (kept[0] as Partial<Shape> | undefined)?.nameAt !== undefined
}

/** A copy has no room for more values, as a list that has grown does. */
function exact(values: unknown[]): Packed {
  return values.slice() as unknown as Packed
}

function shapeFor(value: unknown, place: string): Shape | undefined {
  const likely = latest.get(place)
  if (likely !== undefined && fits(value, likely.part, '')) return likely
  const shape = shapeOf(outlineOf(value, '', place.startsWith('/')))
  if (shape !== undefined) latest.set(place, shape)
  return shape
}

/** Whether the outline of the value is this one. */
function fits(value: unknown, part: Part, key: string): boolean {
  if (typeof part === 'string') return value === part
  if (typeof part === 'number') return partOf(value, key) === part
  if (isEmptyList(part)) return Array.isArray(value) && value.length === 0
  if (partOf(value, key) !== undefined || Array.isArray(value)) return false
  let at = 0
  for (const name in value as object) {
    const below = (value as Record<string, unknown>)[name]
    if (below === undefined) continue
    const expected = part.parts[at]
    if (part.names[at] !== name || expected === undefined || !fits(below, expected, name)) return false
    at += 1
  }
  return at === part.names.length
}

/** Undefined for an object, and for an array without items. */
function partOf(value: unknown, key: string): Code | typeof LIST | undefined {
  if (typeof value === 'string') return isUnique(key) ? codeOf(value) : CODE.itself
  // Who holds which fields is kept once as it is.
  if (typeof value !== 'object' || value === null || key === 'managedFields') return CODE.itself
  return Array.isArray(value) && value.length > 0 ? LIST : undefined
}

/** The part that a value is, as JSON in which numbers stand for values. */
function outlineOf(value: unknown, key: string, isWhole = false): string {
  const part = partOf(value, key)
  if (part !== undefined) return String(part)
  if (Array.isArray(value)) return '[]'
  const fields = Object.entries(value as object).flatMap(([name, below]) => {
    if (below === undefined) return []
    const isKind = isWhole && (name === 'apiVersion' || name === 'kind') && typeof below === 'string'
    return [`${JSON.stringify(name)}:${isKind ? JSON.stringify(below) : outlineOf(below, name)}`]
  })
  return `{${fields.join(',')}}`
}

function shapeOf(outline: string): Shape | undefined {
  const known = shapes.get(outline)
  if (known !== undefined) return known
  if (outline.includes('"__proto__"')) return undefined
  if (shapes.size >= MAX_SHAPES) shapes.clear()
  const parsed: unknown = JSON.parse(outline)
  const paths = pathsOf(parsed)
  const shape = { part: parsedPart(parsed), width: paths.length, nameAt: paths.indexOf('.metadata.name') + 1 }
  shapes.set(outline, shape)
  return shape
}

function parsedPart(outline: unknown): Part {
  if (typeof outline !== 'object' || outline === null) return outline as Part
  if (Array.isArray(outline)) return []
  const names = Object.keys(outline)
  const parts = Object.values(outline).map(parsedPart)
  return { names, parts, empty: Object.fromEntries(names.map(name => [name, null])) }
}

function pathsOf(outline: unknown, path = ''): string[] {
  if (typeof outline === 'number') return [path]
  if (typeof outline !== 'object' || outline === null) return []
  return Object.entries(outline).flatMap(([name, below]) => pathsOf(below, `${path}.${name}`))
}

function isEmptyList(part: readonly [] | Fields): part is readonly [] {
  return Array.isArray(part)
}

/** Adds the values of what fits this part. */
function collect(value: unknown, part: Part, key: string, values: unknown[]): void {
  if (part === LIST) values.push(packedArray(value as readonly unknown[], key))
  else if (typeof part === 'number') values.push(isUnique(key) ? coded(value, part) : sharedValue(value))
  else if (typeof part === 'object' && !isEmptyList(part)) {
    for (const [at, name] of part.names.entries())
      collect((value as Record<string, unknown>)[name], part.parts[at] ?? [], name, values)
  }
}

function sharedValue(value: unknown): unknown {
  return typeof value === 'string' ? sharedText(value) : value
}

function packedArray(items: readonly unknown[], key: string): Packed {
  const shape = shapeFor(items[0], key)
  if (shape === undefined) return exact([undefined, ...items])
  if (!items.every(item => fits(item, shape.part, ''))) {
    return exact([UNLIKE, ...items.map(item => packedArray([item], key))])
  }
  const values: unknown[] = [shape]
  for (const item of items) {
    collect(item, shape.part, '', values)
    if (shape.width === 0) values.push(null)
  }
  return exact(values)
}

function unpackedArray(list: Packed): unknown[] {
  const [shape] = list
  if (shape === undefined) return list.slice(1)
  if (shape === UNLIKE) return list.slice(1).flatMap(one => unpackedArray(one as Packed))
  const cursor = { at: 1, values: list }
  return Array.from({ length: (list.length - 1) / Math.max(shape.width, 1) }, () => filled(shape.part, cursor))
}

interface Cursor {
  at: number
  readonly values: readonly unknown[]
}

function filled(part: Part, cursor: Cursor): unknown {
  if (typeof part === 'string') return part
  if (typeof part === 'number') {
    const value = cursor.values[cursor.at]
    cursor.at += 1
    return part === LIST ? unpackedArray(value as Packed) : decoded(value, part)
  }
  if (isEmptyList(part)) return []
  const object: Record<string, unknown> = { ...part.empty }
  for (let at = 0; at < part.names.length; at += 1)
    object[part.names[at] as string] = filled(part.parts[at] as Part, cursor)
  return object
}
