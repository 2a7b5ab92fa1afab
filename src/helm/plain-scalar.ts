/**
 * Which values unquoted words of YAML have for Kubernetes and Helm: those of go-yaml 2, which is YAML 1.1 without dates
 * and base-60 numbers. A parser for YAML 1.2 would read `on`, `0644` and `~` differently from the API server.
 * Source: resolve.go of go.yaml.in/yaml/v2.
 */

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...words(true, ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']),
  ...words(false, ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']),
  ...words(null, ['', '~', 'null', 'Null', 'NULL']),
])

/** Go's strconv.ParseInt with base 0, underscores taken out: prefix, digits, radix. */
const INTEGERS: readonly (readonly [RegExp, number])[] = [
  [/^[-+]?(0)$/, 10],
  [/^[-+]?([1-9][0-9]*)$/, 10],
  [/^[-+]?0[xX]([0-9a-fA-F]+)$/, 16],
  [/^[-+]?0[bB]([01]+)$/, 2],
  [/^[-+]?0[oO]?([0-7]+)$/, 8],
]
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ]|$)/

export function plainScalar(text: string): string | number | boolean | null {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!/^[-+.0-9]/.test(text) || DATE.test(text)) return text
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '')
  for (const [pattern, radix] of INTEGERS) {
    const found = pattern.exec(digits)?.[1]
    if (found !== undefined) return (digits.startsWith('-') ? -1 : 1) * Number.parseInt(found, radix) || 0
  }
  return FLOAT.test(digits) ? Number(digits) : text
}

function words<T>(value: T, spellings: readonly string[]): [string, T][] {
  return spellings.map(spelling => [spelling, value])
}
