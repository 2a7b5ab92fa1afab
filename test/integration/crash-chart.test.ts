/** The operator is killed at every call that it makes for a tenant, and starts again. The end is as if it had lived on. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enumerateKillPoints } from '../crash/enumeration.ts'
import { PLAIN } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

/** For each try its own, without the tenants of the one before. */
let stage: Stage
beforeEach(async () => {
  stage = await startStage({ name: 'crash-chart' })
})
afterEach(() => stage?.stop())

test('wherever the operator dies while it installs, upgrades, scales and deletes, nothing is lost, left or double', {
  timeout: 1_800_000,
}, async () => {
  const { deaths, trial } = await enumerateKillPoints(stage, PLAIN)
  for (const [phase, points] of Object.entries(deaths)) console.info(`${phase}: ${points.length} kill points`)
  expect(trial.failures).toEqual([])
  expect(stage.played.failures).toEqual([])
  expect(Object.values(deaths).map(points => points.length > 10)).toEqual([true, true, true, true])
})
