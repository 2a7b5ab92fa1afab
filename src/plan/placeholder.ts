/**
 * Placeholders in the values of a plan, such as `${host}`: replaced in parsed values and never in text, so that what a
 * tenant is called can change no structure. `$${` stands for a literal `${`. Pure.
 */

export type Facts = Readonly<Record<string, unknown>>

/** One sentence for each placeholder that stands for nothing, with the field it stands in; else none. */
export function placeholderProblems(values: unknown, facts: Facts, field: string): string[] {
  if (typeof values === 'string') return problemsOf(values, facts).map(problem => `${field}: ${problem}`)
  if (Array.isArray(values)) {
    return values.flatMap((item, index) => placeholderProblems(item, facts, `${field}[${index}]`))
  }
  return entriesOf(values).flatMap(([key, value]) => [
    ...(key.includes('${')
      ? [`${field}: the key ${quoted(key)} holds a placeholder, and these stand in values only`]
      : []),
    ...placeholderProblems(value, facts, `${field}.${key}`),
  ])
}

/** A value that is exactly one placeholder becomes the fact itself, of whatever type. The values have no problems. */
export function substituted(values: unknown, facts: Facts): unknown {
  if (typeof values === 'string') return substitutedText(values, facts)
  if (Array.isArray(values)) return values.map(item => substituted(item, facts))
  if (!isRecord(values)) return values
  return Object.fromEntries(entriesOf(values).map(([key, value]) => [key, substituted(value, facts)]))
}

/** `$${`, a placeholder, or one that nobody has closed. */
const TOKEN = /\$\$\{|\$\{([^{}]*)\}|\$\{/g
const WHOLE = /^\$\{([^{}]*)\}$/

function substitutedText(text: string, facts: Facts): unknown {
  const whole = WHOLE.exec(text)?.[1]
  if (whole !== undefined) return factOf(facts, whole)
  return text.replaceAll(TOKEN, (token, name?: string) =>
    name === undefined ? '${' : String(factOf(facts, name) ?? token),
  )
}

function problemsOf(text: string, facts: Facts): string[] {
  const isWhole = WHOLE.test(text)
  return [...text.matchAll(TOKEN)].flatMap(([token, name]) => {
    if (token === '$${') return []
    if (name === undefined) return [`a placeholder is not closed. ${LITERAL}`]
    const fact = factOf(facts, name)
    if (fact === undefined) return [`${quoted(token)} is no placeholder. ${LITERAL}`]
    return typeof fact === 'object' && !isWhole
      ? [`${quoted(token)} stands for several values, and for nothing within a text`]
      : []
  })
}

const LITERAL = 'A literal ${ is written $${'

/** `limits.users` and `limits.users.max` alike: a name may have dots. */
function factOf(facts: Facts, path: string): unknown {
  if (Object.hasOwn(facts, path)) return facts[path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    const below = Object.hasOwn(facts, head) ? facts[head] : undefined
    const found = isRecord(below) ? factOf(below, path.slice(dot + 1)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quoted(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 63)}…`
}
