/**
 * The operator is killed at calls that it makes for a tenant with two virtual machines and a container, and starts again. The end
 * is as if it had lived on, and what somebody else has in Proxmox VE is untouched. `make soak` kills it at every call.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enumerateKillPoints } from '../crash/enumeration.ts'
import { MACHINES } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

/** Every call takes six minutes of two processors. */
const EVERY = 6
const SEED = 3

/** For each try its own, without the tenants of the one before. */
let stage: Stage
beforeEach(async () => {
  stage = await startStage({ name: 'crash-machines' })
})
afterEach(() => stage?.stop())

test(`wherever the operator dies while machines come, change and go (every ${EVERY}th call, seed ${SEED}), nothing is lost, left or double`, {
  timeout: 1_800_000,
}, async () => {
  const { deaths, trial } = await enumerateKillPoints(stage, MACHINES, { every: EVERY, first: SEED })
  for (const [phase, points] of Object.entries(deaths)) console.info(`${phase}: ${points.length} kill points`)
  expect(trial.failures).toEqual([])
  expect(stage.played.failures).toEqual([])
  expect(Object.values(deaths).map(points => points.length > 3)).toEqual([true, true, true])
})
