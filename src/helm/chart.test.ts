import { cp, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chartFolder, loadChart } from './chart.ts'

const shop = join(import.meta.dirname, '../../test/charts/shop')
let charts: string

beforeEach(async () => {
  charts = await mkdtemp(join(tmpdir(), 'tenantry-charts-'))
  await cp(shop, join(charts, 'shop'), { recursive: true })
})
afterEach(() => rm(charts, { recursive: true }))

test('a chart is known by its name, its version and a digest of its files', async () => {
  expect(await loadChart(charts, 'shop')).toEqual({
    name: 'shop',
    version: '0.1.0',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('the digest changes with names and contents, and with nothing else', async () => {
  const { digest } = await loadChart(charts, 'shop')
  await utimes(join(charts, 'shop/values.yaml'), 0, 0)
  expect((await loadChart(charts, 'shop')).digest).toBe(digest)
  await writeFile(join(charts, 'shop/templates/more.yaml'), '')
  expect((await loadChart(charts, 'shop')).digest).not.toBe(digest)
})

test('a folder that is no chart is refused', async () => {
  const notFound = expect.objectContaining({ reason: 'ChartNotFound' })
  await expect(loadChart(charts, 'none')).rejects.toThrow(notFound)
  await writeFile(join(charts, 'shop/Chart.yaml'), 'name: shop\n')
  await expect(loadChart(charts, 'shop')).rejects.toThrow('Chart.yaml states no name and version')
})

test('a chart is a name in the folder, never a path', async () => {
  const pathOf = (name: string) => chartFolder('/charts').pathOf({ name, version: '1', digest: 'x' })
  expect(await pathOf('shop')).toBe('/charts/shop')
  await expect(pathOf('../../etc')).rejects.toThrow(expect.objectContaining({ reason: 'ChartNotFound' }))
})
