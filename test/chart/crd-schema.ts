/** Holds an object against the schema of its CustomResourceDefinition, as far as structural schemas go. */

/** The part of an OpenAPI v3 schema that is looked at. */
export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly required?: readonly string[]
  readonly pattern?: string
  readonly 'x-kubernetes-int-or-string'?: boolean
}

/** One sentence for each value that the API server would refuse or drop. */
export function schemaViolations(schema: Schema, value: unknown, path = ''): string[] {
  if (schema['x-kubernetes-int-or-string']) {
    return ['string', 'integer'].includes(typeOf(value)) ? [] : [`${path}: ${typeOf(value)}, not integer or string`]
  }
  const type = typeOf(value)
  if (schema.type !== undefined && type !== schema.type && !(schema.type === 'number' && type === 'integer')) {
    return [`${path}: ${type}, not ${schema.type}`]
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${path}: not one of ${schema.enum.join(', ')}`]
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => schemaViolations(schema.items ?? {}, item, `${path}[${index}]`))
  }
  return typeof value === 'object' && value !== null ? objectViolations(schema, value, path) : []
}

function objectViolations(schema: Schema, value: object, path: string): string[] {
  const missing = (schema.required ?? []).filter(name => !(name in value)).map(name => `${path}.${name}: missing`)
  const inside = Object.entries(value).flatMap(([name, item]) => {
    const { additionalProperties } = schema
    const inner =
      schema.properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    return inner === undefined ? [`${path}.${name}: unknown`] : schemaViolations(inner, item, `${path}.${name}`)
  })
  return [...missing, ...inside]
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
