/** How a parameter is described. Each builder makes one kind of property; nothing is checked here. */

/** Throws a `FormatError` for a value that is not of its form. */
export type Format = (value: string) => void

/** The keys of a property string such as `virtio,bridge=vmbr0,tag=110`. */
export type Fields = Readonly<Record<string, Property>>

export interface Property {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  optional?: boolean
  format?: Format
  /** The value is a list of what the format describes. */
  list?: boolean
  fields?: Fields
  /** A last look at the fields of a property string, which are fine each for itself. */
  fieldsCheck?: (values: Readonly<Record<string, string>>) => void
  pattern?: RegExp
  enum?: readonly string[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  /** Another property that has to be there, too. */
  requires?: string
  /** In a property string, the key that may be left out. */
  defaultKey?: boolean
  /** In a property string, another name for a key; `keyAlias` keeps which name was used. */
  alias?: string
  keyAlias?: string
}

export type Parameters = Readonly<Record<string, Property>>

type More = Omit<Property, 'type'>

export const text = (more: More = {}): Property => ({ type: 'string', ...more })
export const integer = (minimum?: number, maximum?: number, more: More = {}): Property => ({
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
  ...more,
})
export const decimal = (minimum?: number, maximum?: number, more: More = {}): Property => ({
  ...integer(minimum, maximum, more),
  type: 'number',
})
export const flag = (more: More = {}): Property => ({ type: 'boolean', ...more })
export const oneOf = (...values: readonly string[]): Property => ({ type: 'string', enum: values })
export const formatted = (format: Format, more: More = {}): Property => ({ type: 'string', format, ...more })
export const listOf = (format: Format, more: More = {}): Property => ({ type: 'string', format, list: true, ...more })
export const composed = (fields: Fields, more: More = {}): Property => ({ type: 'string', fields, ...more })

/** All of them may be left out. */
export const optional = (properties: Parameters): Parameters =>
  Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, { ...property, optional: true }]))

/** `net` with 32: `net0` to `net31`. */
export const numbered = (name: string, count: number, property: Property): Parameters =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, property]))
