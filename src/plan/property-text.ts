/** Settings of Proxmox VE that are lists of `key=value`, separated by commas. Pure. */

export type Properties = ReadonlyMap<string, string>

/** A part without `=` is a key without a value, such as the volume of a disk. */
export function parseProperties(text: string | undefined): Properties {
  const parts = (text ?? '').split(',').filter(part => part !== '')
  return new Map(
    parts.map(part => {
      const at = part.indexOf('=')
      return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
    }),
  )
}

export function propertyText(properties: Properties): string {
  return [...properties].map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(',')
}

/** With these values and in its own order; undefined takes a key away. */
export function withProperties(before: Properties, wanted: Readonly<Record<string, string | undefined>>): Properties {
  const all = new Map(before)
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) all.delete(key)
    else all.set(key, value)
  }
  return all
}
