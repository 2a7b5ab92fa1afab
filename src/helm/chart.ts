/** Reads a chart in the operator's image: its name, its version, and one digest over all its files. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Chart } from '../plan/release.ts'

const chartFileSchema = z.looseObject({ name: z.string(), version: z.string() })

/** Throws where there is no readable Chart.yaml: the operator cannot work without its chart. */
export async function readChart(chartsDir: string, chart: string): Promise<Chart> {
  const folder = join(chartsDir, chart)
  const { name, version } = chartFileSchema.parse(parse(await readFile(join(folder, 'Chart.yaml'), 'utf8')))
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  for (const file of files) {
    const content = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    hash.update(`${relative(folder, file)}\n${content}\n`)
  }
  return { name, version, digest: hash.digest('hex') }
}
