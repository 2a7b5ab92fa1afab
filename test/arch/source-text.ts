/** Reads TypeScript as text: what is code, what it imports. Knows no rule. */

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//
const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/
const template = /`(?:\\[\s\S]|[^`\\])*`/
/** A slash begins a regular expression only where no value can stand before it. */
const regularExpression =
  /(?<=(?:^|[(,=:[!&|?{};+\n]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/

const literals = new RegExp([comment, quoted, template, regularExpression].map(({ source }) => source).join('|'), 'g')

/** The text with comments blanked and literals emptied; lines stay where they are. */
export function codeOnly(text: string): string {
  return text.replace(literals, found => found.replaceAll(/[^\n]/g, ' '))
}

/** The text with comments blanked; lines stay where they are. */
export function withoutComments(text: string): string {
  return text.replace(literals, found => (/^\/[/*]/.test(found) ? found.replaceAll(/[^\n]/g, ' ') : found))
}

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*(?:'([^']+)'|"([^"]+)")/g

/** What a file imports or exports from elsewhere, types included. */
export function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(importPattern)].map(match => match[1] ?? match[2] ?? '')
}

/** The inside of each block that follows `opening`, from the brace to the one that closes it. */
export function blocksAfter(text: string, opening: RegExp): { line: number; block: string }[] {
  const code = codeOnly(text)
  return [...code.matchAll(new RegExp(opening, 'g'))].map(({ index }) => {
    const start = code.indexOf('{', index)
    let depth = 0
    let end = start
    for (; end < code.length; end += 1) {
      if (code[end] === '{') depth += 1
      if (code[end] === '}') depth -= 1
      if (depth === 0) break
    }
    return { line: lineAt(text, index), block: text.slice(start, end + 1) }
  })
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
