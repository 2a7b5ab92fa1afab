/** The operator is killed at every call that it makes for a tenant, and starts again. The end is as if it had lived on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enumerateKillPoints } from '../crash/enumeration.ts'
import { PLAIN } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

/** A second try would find the tenants of the first. */
const options = { retry: 0, timeout: 1_800_000 }

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ name: 'crash-chart' })
})
afterAll(() => stage?.stop())

test(
  'wherever the operator dies while it installs, upgrades, scales and deletes, nothing is lost, left or double',
  options,
  async () => {
    const { deaths, trial } = await enumerateKillPoints(stage, PLAIN)
    for (const [phase, points] of Object.entries(deaths)) console.info(`${phase}: ${points.length} kill points`)
    expect(trial.failures).toEqual([])
    expect(stage.played.failures).toEqual([])
    expect(Object.values(deaths).map(points => points.length > 10)).toEqual([true, true, true, true])
  },
)
