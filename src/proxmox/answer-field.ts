/**
 * Kinds of fields in answers, tolerant of what Proxmox VE sends: 0 and 1 for false and true, numbers as text and text as
 * numbers, null or nothing for what is not set.
 */
import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()])

export const text = scalar.transform(String)
export const whole = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(Number)
export const number = z.union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?(?:e-?\d+)?$/i)]).transform(Number)
/** Nothing is false. */
export const flag = scalar.nullish().transform(isTrue)
/** Nothing says neither. */
export const maybeFlag = scalar
  .nullish()
  .transform(value => (value === undefined || value === null ? undefined : isTrue(value)))

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1'
}

/** Null is the same as nothing. */
export function maybe<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform(value => value ?? undefined)
}

/** A missing list is an empty one; a row that cannot be read spoils the answer, for what it stands for is not absent. */
export function rows<Schema extends z.ZodType>(schema: Schema) {
  return z
    .array(schema)
    .nullish()
    .transform(value => value ?? [])
}

/** Separated by commas, semicolons or spaces. */
export const list = z
  .string()
  .nullish()
  .transform(value => (value ?? '').split(/[,; ]+/).filter(item => item !== ''))

export const nothing = z.unknown().transform(() => undefined)

/** Id of the task that carries a request out. */
export const task = z.string().startsWith('UPID:')

/** Key to text, for configurations, whose keys are many and whose values drift between numbers and text. */
export const settings = z
  .record(z.string(), scalar.nullish())
  .transform(given =>
    Object.fromEntries(
      Object.entries(given).flatMap(([key, value]) =>
        value === undefined || value === null ? [] : [[key, String(value)]],
      ),
    ),
  )
