/** Takes the values of a release out of what helm says about them. Pure. */

/** Shorter ones are no secrets, and taking them out would leave no name and no sentence whole. */
const SHORTEST = 8
const MARK = '[value]'

/** `known` are names that are in the command line anyway. */
export function withoutValues(text: string, values: unknown, known: readonly string[] = []): string {
  const written = new Set(leaves(values).flatMap(spellings))
  return [...written]
    .filter(value => value.length >= SHORTEST && !known.some(name => name.includes(value)))
    .sort((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, MARK), text)
}

function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return value === null || typeof value === 'boolean' || value === undefined ? [] : [String(value)]
}

/** As it is, as a quoted string has it, and in base 64; a text of several lines also line by line. */
function spellings(value: string): string[] {
  const lines = value.split('\n').map(line => line.trim())
  return [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64'), ...lines]
}
