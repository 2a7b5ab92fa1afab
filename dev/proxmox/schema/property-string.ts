/** Property strings such as `virtio=02:00:00:00:02:01,bridge=vmbr0`: several values in one option. */

import type { Fields } from './property.ts'
import { objectErrors, type Values } from './validation.ts'

/** Why a value is not of its form; without the line end that Proxmox VE puts behind it. */
export class FormatError extends Error {}

export type Parsed = Record<string, string>

/** `path` names the option in errors. */
export function parsePropertyString(value: string, fields: Fields, path = ''): Parsed {
  const parsed = split(value, fields)
  const errors = Object.entries(objectErrors(parsed as Values, fields, path))
  if (errors.length === 0) return parsed
  throw new FormatError(['format error', ...errors.map(([name, error]) => `${name}: ${error}`)].join('\n'))
}

function split(value: string, fields: Fields): Parsed {
  const parsed: Parsed = {}
  const set = (key: string, text: string) => {
    parsed[key] = fields[key]?.type === 'boolean' ? (booleanOf(text) ?? text) : text
  }
  const duplicate = (key: string) => new FormatError(`duplicate key in comma-separated list property: ${key}`)
  let defaultKey: string | undefined
  for (const part of value.split(',')) {
    if (part.trim() === '') continue
    const [, key, text] = /^([^=]+)=(.+)$/s.exec(part) ?? []
    if (key !== undefined && text !== undefined) {
      if (key in parsed) throw duplicate(key)
      const { alias, keyAlias } = fields[key] ?? {}
      if (keyAlias !== undefined) {
        if (keyAlias in parsed) throw new FormatError(`key alias '${keyAlias}' is already defined`)
        parsed[keyAlias] = key
      }
      if (alias !== undefined && alias in parsed) throw new FormatError(`key '${alias}' is already defined (via alias)`)
      set(alias ?? key, text)
    } else if (part.includes('=')) throw new FormatError('missing key in comma-separated list property')
    else {
      if (defaultKey !== undefined) throw duplicate(defaultKey)
      defaultKey = Object.keys(fields).find(name => fields[name]?.defaultKey)
      if (defaultKey === undefined) throw new FormatError('value without key, but schema does not define a default key')
      if (defaultKey in parsed) throw duplicate(defaultKey)
      set(defaultKey, part)
    }
  }
  return parsed
}

function booleanOf(text: string): string | undefined {
  if (/^(1|on|yes|true)$/i.test(text)) return '1'
  return /^(0|off|no|false)$/i.test(text) ? '0' : undefined
}
