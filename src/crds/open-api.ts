/** From zod to the structural OpenAPI v3 that the API server takes. */
import { z } from 'zod'
import { VALIDATIONS, type Validation } from './rule.ts'

/** The part of OpenAPI v3 that CustomResourceDefinitions allow and these schemas use. */
export interface OpenApi {
  description?: string
  type?: string
  format?: string
  enum?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
  maxProperties?: number
  properties?: Record<string, OpenApi>
  additionalProperties?: OpenApi
  required?: string[]
  items?: OpenApi
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  [VALIDATIONS]?: Validation[]
}

export function openApiOf(schema: z.ZodType): OpenApi {
  const { $schema: _, ...openApi } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => makeStructural(jsonSchema),
  })
  return openApi as OpenApi
}

function makeStructural(node: z.core.JSONSchema.BaseSchema): void {
  // Patterns stand in CEL, with a message for people; that of a date and time is the format's.
  delete node.pattern
  delete node.propertyNames
  if (node['x-kubernetes-preserve-unknown-fields']) delete node.additionalProperties
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum
  if (node.type === 'integer') node.format = 'int64'
  const [text] = (node.anyOf ?? []) as z.core.JSONSchema.BaseSchema[]
  if (text !== undefined) {
    // The one union there is: a quantity. Unions are not structural, but for this one.
    delete node.anyOf
    node['x-kubernetes-int-or-string'] = true
    if (text.maxLength !== undefined) node.maxLength = text.maxLength
  }
  moveToEnd(node, ['required', 'properties', 'additionalProperties', 'items', VALIDATIONS])
}

/** So that the generated files read from the outside to the inside, in whatever order a schema was put together. */
function moveToEnd(node: Record<string, unknown>, keys: readonly string[]): void {
  for (const key of keys) {
    const value = node[key]
    delete node[key]
    if (value !== undefined) node[key] = value
  }
}
