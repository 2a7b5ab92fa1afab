import { expect, test } from 'vitest'
import { type HealthSources, healthPages } from './health.ts'

const MINUTE_MS = 60_000
const well: HealthSources = { synced: () => true, watchesIdleForMs: () => 5_000, longestPassMs: () => 1_000 }

async function told(sources: Partial<HealthSources>): Promise<string[]> {
  const pages = healthPages({ ...well, ...sources })
  const [alive, ready] = await Promise.all([pages['/healthz'](), pages['/readyz']()])
  return [alive, ready].map(({ status, body }) => `${status} ${body.trim()}`)
}

test('a working operator is alive and ready', async () => {
  expect(await told({})).toEqual(['200 ok', '200 ok'])
})

test('before its watches are complete it is alive and not ready', async () => {
  expect(await told({ synced: () => false })).toEqual(['200 ok', '503 the watches are not complete yet'])
})

test('a pass that takes long is no reason for a restart, one that hangs is', async () => {
  expect(await told({ longestPassMs: () => 15 * MINUTE_MS })).toEqual(['200 ok', '200 ok'])
  expect(await told({ longestPassMs: () => 31 * MINUTE_MS })).toEqual(['503 a pass hangs', '200 ok'])
})

test('a watch that does not even try any more is a reason for a restart', async () => {
  expect(await told({ watchesIdleForMs: () => 11 * MINUTE_MS })).toEqual(['503 a watch hangs', '200 ok'])
})
