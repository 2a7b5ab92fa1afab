/** Judges parameters as Proxmox VE does, with its words. */

import { invalid } from '../api/api-error.ts'
import type { Parameters, Property } from './property.ts'
import { FormatError, parsePropertyString } from './property-string.ts'

/** A parameter as it came: from a form always text, from JSON anything. */
export type Value = string | number | boolean | Value[] | { [key: string]: Value } | null | undefined
export type Values = Record<string, Value>
export type Errors = Record<string, string>

const notDefined = 'property is not defined in schema and the schema does not allow additional properties'

/** Lists become text, single values of arrays become arrays; throws a 400 that names every parameter that is wrong. */
export function validated(values: Values, parameters: Parameters): Values {
  const normal = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, normalized(value, parameters[name])]),
  )
  const errors = objectErrors(normal, parameters)
  if (Object.keys(errors).length > 0) throw invalid(errors)
  return normal
}

export function objectErrors(values: Values, properties: Parameters, path = ''): Errors {
  const errors: Errors = {}
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  for (const [name, property] of Object.entries(properties)) {
    if (property.alias !== undefined) continue
    const error = propertyError(values[name], property, at(name))
    if (error !== undefined) errors[at(name)] = error
  }
  for (const name of Object.keys(values)) {
    const property = properties[name]
    if (property === undefined) errors[at(name)] = notDefined
    else if (property.requires !== undefined && isMissing(values[property.requires])) {
      errors[at(property.requires)] = `missing property required by '${at(name)}'`
    }
  }
  return errors
}

export const isMissing = (value: Value) => value === undefined || value === null

/** As a list is split everywhere in Proxmox VE: commas, semicolons, spaces. */
export const splitList = (value: string) =>
  value
    .trim()
    .split(/[,;\s\0]+/)
    .filter(part => part !== '')

function normalized(value: Value, property: Property | undefined): Value {
  if (property?.list && Array.isArray(value)) return value.join(',')
  if (property?.type === 'array' && !Array.isArray(value) && !isMissing(value) && value !== '') return [value]
  return value
}

function propertyError(value: Value, property: Property, path: string): string | undefined {
  if (isMissing(value)) return property.optional ? undefined : 'property is missing and it is not optional'
  return typeError(value, property) ?? (Array.isArray(value) ? undefined : valueError(String(value), property, path))
}

function typeError(value: Value, { type }: Property): string | undefined {
  if (type === 'array') return Array.isArray(value) ? undefined : `type check ('array') failed`
  if (type === 'boolean' && typeof value === 'boolean') return undefined
  const reference = referenceName(value)
  if (reference !== undefined) return `type check ('${type}') failed - got ${reference}`
  const wrong = { string: false, boolean: !/^[01]$/.test(String(value)) }
  const isWrong =
    type === 'integer' ? !/^[+-]?\d+$/.test(String(value)) : type === 'number' ? !isNumber(String(value)) : wrong[type]
  return isWrong ? `type check ('${type}') failed - got '${value}'` : undefined
}

function referenceName(value: Value): string | undefined {
  if (Array.isArray(value)) return 'ARRAY'
  if (typeof value === 'boolean') return 'JSON::PP::Boolean'
  return typeof value === 'object' && value !== null ? 'HASH' : undefined
}

const isNumber = (text: string) => /^[+-]?(\d+\.\d+|\d+\.|\.\d+|\d+)([eE][+-]?\d+)?$/.test(text)

function valueError(text: string, property: Property, path: string): string | undefined {
  const { pattern, minLength, maxLength, minimum, maximum } = property
  const form = formatError(text, property, path)
  if (form !== undefined) return `invalid format - ${form}`
  if (pattern !== undefined && !whole(pattern).test(text)) return 'value does not match the regex pattern'
  if (maxLength !== undefined && [...text].length > maxLength) return `value may only be ${maxLength} characters long`
  if (minLength !== undefined && [...text].length < minLength) {
    return `value must be at least ${minLength} characters long`
  }
  if (maximum !== undefined && isNumber(text) && Number(text) > maximum) {
    return `value must have a maximum value of ${maximum}`
  }
  if (minimum !== undefined && isNumber(text) && Number(text) < minimum) {
    return `value must have a minimum value of ${minimum}`
  }
  if (property.enum === undefined || property.enum.includes(text)) return undefined
  return `value '${text}' does not have a value in the enumeration '${property.enum.join(', ')}'`
}

const whole = (pattern: RegExp) => new RegExp(`^(?:${pattern.source})$`, pattern.flags)

function formatError(text: string, property: Property, path: string): string | undefined {
  try {
    if (property.fields !== undefined) {
      const parsed = parsePropertyString(text, property.fields, path)
      property.fieldsCheck?.(parsed)
    }
    for (const one of property.list ? splitList(text) : [text]) property.format?.(one)
    return undefined
  } catch (error) {
    if (error instanceof FormatError) return `${error.message}\n`
    throw error
  }
}
