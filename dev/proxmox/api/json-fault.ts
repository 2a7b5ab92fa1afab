/** What is wrong with JSON, in the words of the parser that Proxmox VE uses. */

const shownLength = 20

/** Undefined where nothing is. */
export function jsonFault(text: string): string | undefined {
  const reader = new Reader(text)
  try {
    reader.value()
    reader.space()
    if (reader.at < text.length) reader.fail('garbage after JSON object')
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Fault ? error.message : `malformed JSON string: ${error}`
  }
}

class Fault extends Error {}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  fail(what: string): never {
    const rest = this.#text.slice(this.at)
    const shown =
      rest === '' ? '(end of string)' : rest.length > shownLength ? `${rest.slice(0, shownLength)}...` : rest
    throw new Fault(`${what}, at character offset ${this.at} (before "${shown}")`)
  }

  space(): void {
    this.#take(/[ \t\r\n]*/y)
  }

  value(): void {
    this.space()
    const next = this.#text[this.at]
    if (next === '{') this.#list('}', 'object/hash', () => this.#pair())
    else if (next === '[') this.#list(']', 'array', () => this.value())
    else if (next === '"') this.#string()
    else if (!this.#take(/true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?/y)) {
      this.fail('malformed JSON string, neither tag, array, object, number, string or atom')
    }
  }

  #list(end: string, name: string, item: () => void): void {
    this.at++
    this.space()
    if (this.#text[this.at] === end) return void this.at++
    for (;;) {
      item()
      this.space()
      const next = this.#text[this.at]
      if (next !== end && next !== ',') this.fail(`, or ${end} expected while parsing ${name}`)
      this.at++
      if (next === end) return
    }
  }

  #pair(): void {
    this.space()
    if (this.#text[this.at] !== '"') this.fail(`'"' expected`)
    this.#string()
    this.space()
    if (this.#text[this.at] !== ':') this.fail(`':' expected`)
    this.at++
    this.value()
  }

  #string(): void {
    if (this.#take(/"(?:[^"\\]|\\.)*"/sy)) return
    this.at = this.#text.length
    this.fail('unexpected end of string while parsing JSON string')
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.#text)) return false
    this.at = pattern.lastIndex
    return true
  }
}
