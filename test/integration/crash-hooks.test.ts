/**
 * As in crash-chart.test.ts, with a chart that has hooks, whose Jobs are waited for, and with data that goes. `make soak` has all.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enumerateKillPoints } from '../crash/enumeration.ts'
import { HOOKED, HOOKS } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

/** The operator dies between all calls, with an edit between every other two. */
const EVERY = 2

/** For each try its own, without the tenants of the one before. */
let stage: Stage
beforeEach(async () => {
  stage = await startStage({ name: 'crash-hooks', additions: [HOOKS] })
})
afterEach(() => stage?.stop())

test('wherever the operator dies among hooks, each runs once for its revision, and nothing is lost, left or double', {
  timeout: 1_800_000,
}, async () => {
  const { deaths, trial } = await enumerateKillPoints(stage, HOOKED, { every: EVERY })
  for (const [phase, points] of Object.entries(deaths)) console.info(`${phase}: ${points.length} kill points`)
  expect(trial.failures).toEqual([])
  expect(stage.played.failures).toEqual([])
  const among = (phase: string) => deaths[phase]?.filter(point => point.includes(' Job ')).length ?? 0
  expect(HOOKED.phases.map(({ name }) => among(name) > 1)).toEqual([true, true, true])
})
