/** What a pure file may not reach for: clock, chance, environment, network, console. */
import { isTest, type SourceFile } from './repository.ts'
import { codeOnly, lineAt } from './source-text.ts'

const impure: Readonly<Record<string, RegExp>> = {
  'the clock': /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.|\bTemporal\.Now\b/g,
  chance: /\bMath\.random\b|\bcrypto\.|\brandomUUID\b/g,
  'the process': /\bprocess\b(?=\.|\[)|\bglobalThis\b/g,
  'the outside': /\bfetch\(|\bconsole\.|\bset(?:Timeout|Interval|Immediate)\(|\bqueueMicrotask\(/g,
}

/** One sentence for each impure expression in files that have to be pure. */
export function purityViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(file => !isTest(file))
    .flatMap(({ path, text }) => {
      const code = codeOnly(text)
      return Object.entries(impure).flatMap(([what, pattern]) =>
        [...code.matchAll(pattern)].map(({ 0: found, index }) => `${path}:${lineAt(code, index)}: ${found} is ${what}`),
      )
    })
}
