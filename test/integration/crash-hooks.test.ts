/** The operator is killed at every call that it makes for a tenant, and starts again. The end is as if it had lived on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enumerateKillPoints } from '../crash/enumeration.ts'
import { HOOKED, HOOKS } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ name: 'crash-hooks', additions: [HOOKS] })
})
afterAll(() => stage?.stop())

test('wherever the operator dies while it installs, upgrades and deletes a chart with hooks, nothing is lost, left or double', async () => {
  const { deaths, trial } = await enumerateKillPoints(stage, HOOKED)
  for (const [phase, points] of Object.entries(deaths)) console.info(`${phase}: ${points.length} kill points`)
  expect(trial.failures).toEqual([])
  expect(stage.played.failures).toEqual([])
  expect(Object.values(deaths).map(points => points.length > 10)).toEqual([true, true, true])
}, 1_800_000)
