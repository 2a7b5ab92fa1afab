/** Picks from a program's log the few lines that say why it failed. */

import { readFile } from 'node:fs/promises'

const decisive = /\b(error|fatal|panic|failed|refused|denied|invalid|unknown|cannot|unable)\b|^[EF]\d{4} /i

/** The last lines that speak of a failure, else simply the last lines. */
export function decisiveLines(log: string, count = 5): string[] {
  const lines = log.split('\n').filter(line => line.trim() !== '')
  const failures = lines.filter(line => decisive.test(line))
  return (failures.length > 0 ? failures : lines).slice(-count)
}

/** What `WithLog` carries: a log that does not exist has no lines. */
export async function readExcerpt(file: string): Promise<{ file: string; lines: string[] }> {
  return { file, lines: decisiveLines(await readFile(file, 'utf8').catch(() => '')) }
}
