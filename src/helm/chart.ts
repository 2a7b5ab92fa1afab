/** Charts in a folder, such as those of the operator's image: where they lie, and a digest over all files of each. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { parse } from 'yaml'
import { z } from 'zod'
import { digestOf } from '../plan/digest.ts'
import type { Chart } from '../plan/release.ts'
import { HelmError } from './errors.ts'
import type { ChartStore } from './port.ts'

/** One folder for each chart, of the chart's name. */
export function chartFolder(chartsDir: string): ChartStore {
  return { pathOf: async ({ name }) => pathIn(chartsDir, name) }
}

/** A name, not a path: the chart lies in the folder of charts, or nowhere. */
function pathIn(chartsDir: string, name: string): string {
  if (/^[a-z0-9][a-z0-9._-]*$/i.test(name)) return join(chartsDir, name)
  throw new HelmError({ reason: 'ChartNotFound', message: `Cannot find a chart: ${JSON.stringify(name)} is no name` })
}

const chartSchema = z.looseObject({ name: z.string().min(1), version: z.string().min(1) })

/**
 * The chart `<chartsDir>/<name>`. Its digest depends on names and contents alone, so that it is the same in every image.
 * @throws HelmError ChartNotFound
 */
export async function loadChart(chartsDir: string, name: string): Promise<Chart> {
  const folder = pathIn(chartsDir, name)
  try {
    const chart = chartSchema.parse(parse(await readFile(join(folder, 'Chart.yaml'), 'utf8')))
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
    const files = await Promise.all(
      paths.map(async path => [path.slice(folder.length + 1), bytesToHex(sha256(await readFile(path)))] as const),
    )
    return { name, version: chart.version, digest: digestOf(Object.fromEntries(files)) }
  } catch (error) {
    const why = error instanceof z.ZodError ? 'Chart.yaml states no name and version' : (error as Error).message
    throw new HelmError({ reason: 'ChartNotFound', message: `Cannot read chart ${folder}: ${why}` })
  }
}
