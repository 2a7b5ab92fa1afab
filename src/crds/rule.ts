/** Rules that are stated once and checked twice: by zod in the operator, and as CEL by the API server. */
import { z } from 'zod'

export interface Rule<Value> {
  /** CEL over `self`. What it reads needs an upper bound of its size, or the API server refuses its cost. */
  readonly cel: string
  /** What has to be so, to follow the name of the field: "must be …". */
  readonly message: string
  /** The same as `cel`, for one whole value. */
  readonly holds: (value: Value) => boolean
  /** The field at fault, where it is one below the value. */
  readonly field?: string
}

/** A rule over the value before and after an update (`oldSelf`), which only the API server can check. */
export interface TransitionRule {
  readonly cel: string
  readonly message: string
  readonly field?: string
}

/** One entry of `x-kubernetes-validations`. */
export interface Validation {
  readonly rule: string
  readonly message: string
  readonly fieldPath?: string
}

export const VALIDATIONS = 'x-kubernetes-validations'

export function withRules<Schema extends z.ZodType>(schema: Schema, ...rules: Rule<z.output<Schema>>[]): Schema {
  const checked = rules.reduce<z.ZodType>(
    (before, { holds, message, field }) =>
      before.refine(value => holds(value as z.output<Schema>), { message, path: field?.split('.') ?? [] }),
    schema,
  )
  return withValidations(checked as Schema, rules)
}

export function withTransitions<Schema extends z.ZodType>(schema: Schema, ...rules: TransitionRule[]): Schema {
  return withValidations(schema, rules)
}

/** Text of at most `maxLength` characters that matches a pattern of RE2, which knows no lookarounds. */
export function text(pattern: RegExp, message: string, maxLength: number): z.ZodString {
  const rule = { cel: `self.matches(${celString(pattern.source)})`, message }
  // zod counts half a character where the API server counts one.
  const bounded = z
    .string()
    .refine(value => [...value].length <= maxLength, `must be at most ${maxLength} characters long`)
    .meta({ maxLength })
  return withValidations(bounded, [rule]).regex(pattern, message)
}

/** A literal of CEL, whose escapes are those of JSON. */
export function celString(value: string): string {
  return JSON.stringify(value)
}

function withValidations<Schema extends z.ZodType>(schema: Schema, rules: readonly TransitionRule[]): Schema {
  const before = (schema.meta()?.[VALIDATIONS] ?? []) as Validation[]
  const added = rules.map(
    ({ cel, message, field }): Validation => ({
      rule: cel,
      message,
      ...(field === undefined ? {} : { fieldPath: `.${field}` }),
    }),
  )
  return schema.meta({ [VALIDATIONS]: [...before, ...added] })
}
