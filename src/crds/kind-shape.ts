/** What a kind is, as data. */
import type { z } from 'zod'
import type { ConditionType } from './condition.ts'

export const GROUP = 'tenantry.dev'
export const VERSION = 'v1alpha1'

export interface Kind {
  readonly kind: string
  readonly plural: string
  readonly shortName: string
  readonly scope: 'Cluster' | 'Namespaced'
  readonly description: string
  /** What the name must be, where it is more than the name of an object. */
  readonly name?: z.ZodString
  readonly spec: z.ZodType
  readonly status?: z.ZodType
  /** Fields of the spec that `kubectl get --field-selector` takes. */
  readonly selectable: readonly string[]
  readonly columns: readonly Column[]
  /** Those that its status may have. */
  readonly conditions?: readonly ConditionType[]
}

/** A column of `kubectl get`. Its path names one scalar. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** Shown with `-o wide` only. */
  readonly wide?: boolean
}

export const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
}

const ready = '.status.conditions[?(@.type=="Ready")]'

/** Whether it is Ready, in the words of the kind, and why. */
export function readyColumns(description: string): Column[] {
  return [
    { name: 'Ready', type: 'string', jsonPath: `${ready}.status`, description },
    { name: 'Status', type: 'string', jsonPath: `${ready}.reason`, description: 'Why it is Ready, or is not.' },
  ]
}

export function messageColumn(description: string): Column {
  return { name: 'Message', type: 'string', jsonPath: `${ready}.message`, description, wide: true }
}
