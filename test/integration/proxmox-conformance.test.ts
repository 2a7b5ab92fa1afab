/** The simulator against recordings of a real Proxmox VE: status, reason and body of every answer. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_SHARED_DATA, sharedDataFolder } from '../make/shared-data.ts'

const repository = resolve(import.meta.dirname, '../..')
/** How much faster than the recording; more, and requests on a busy machine take as long as what they wait for. */
const speed = '5'
const settleHoldMs = '300'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Score {
  passed: number
  total: number
  scenarios: { name: string; passed: number; total: number; differences: unknown[] }[]
}

test('the Proxmox VE simulator answers as the recorded one did', { timeout: 10 * 60_000 }, async context => {
  const data = sharedDataFolder()
  if (data === undefined) return context.skip(NO_SHARED_DATA)
  const program = join(data, '../tools/pve-replay.mjs')
  if (!existsSync(program)) return context.skip('the program that replays the recordings is not beside the project')
  const scenarios = readdirSync(join(data, 'pve-scenarios'))
    .filter(name => name.endsWith('.json') && name !== 'base.json')
    .map(name => join(data, 'pve-scenarios', name))
  expect(scenarios.length).toBeGreaterThan(0)
  const { passed, total, scenarios: results } = await replay(program, scenarios)
  console.log(`Proxmox VE simulator: ${passed} of ${total} recorded steps, ${((100 * passed) / total).toFixed(1)} %`)
  expect(results.filter(each => each.passed < each.total)).toEqual([])
})

async function replay(program: string, scenarios: readonly string[]): Promise<Score> {
  const file = join(folder, 'score.json')
  const start = `${process.execPath} ${join(repository, 'dev/proxmox/main.ts')} --port 0 --speed ${speed}`
  const pace = ['--time-scale', speed, '--settle-hold', settleHoldMs, '--jobs', '4']
  // Its exit code says whether all steps agree.
  await execa(process.execPath, [program, '--start', start, ...pace, '--json', file, ...scenarios], { reject: false })
  return JSON.parse(readFileSync(file, 'utf8')) as Score
}
