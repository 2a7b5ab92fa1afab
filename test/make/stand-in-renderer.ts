/** A program that answers as the renderer does, as the name of the chart says: for tests of who asks it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeReleaseObject } from './release.ts'

export interface StandIn {
  readonly file: string
  /** How often it was started, and what it was told and asked, in order. */
  seen(): Promise<string[]>
}

/** Charts: `fails`, `looks`, `hangs`, `dies`, `swells`, `raves`; any other is rendered. */
export async function writeStandIn(folder: string): Promise<StandIn> {
  const file = join(folder, 'renderer')
  const log = join(folder, 'seen')
  const program = `#!${process.execPath}
const { appendFileSync } = require('node:fs')
const note = text => appendFileSync(${JSON.stringify(log)}, text + '\\n')
note('started with ' + Object.keys(process.env).sort())
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const { abilities, id, chart, name, before } = JSON.parse(line)
  if (abilities !== undefined) return note('can ' + abilities.apiVersions)
  const what = chart.split('/').at(-1)
  note(what + ' for ' + name + (before === undefined ? '' : ' after ' + before.revision))
  const say = answer => process.stdout.write(JSON.stringify({ id, ...answer }) + '\\n')
  if (what === 'fails') return say({ error: 'no: ' + JSON.parse(JSON.parse(line).values).password })
  if (what === 'looks') return say({ lookup: true })
  if (what === 'hangs') return
  if (what === 'dies') process.exit(2)
  if (what === 'swells') process.exit(5)
  if (what === 'raves') return process.stdout.write('panic\\n')
  say({ release: ${JSON.stringify(makeReleaseObject({ manifest: 'by the renderer' }))} })
})
`
  await writeFile(file, program, { mode: 0o755 })
  await writeFile(log, '')
  return { file, seen: async () => (await readFile(log, 'utf8')).split('\n').filter(Boolean) }
}
