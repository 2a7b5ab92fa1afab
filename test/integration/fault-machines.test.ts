/**
 * While machines come, change and go, something goes wrong at a call or in a task of Proxmox VE. The end is as if it had not, and
 * what somebody else has there is untouched. `make soak` has every fault at every call, and many at random.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enumerateFaults } from '../crash/fault-enumeration.ts'
import { MACHINES } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

const EVERY = 25
const SEED = 24

/** For each try its own, without the tenants of the one before. */
let stage: Stage
beforeEach(async () => {
  stage = await startStage({ name: 'fault-machines' })
})
afterEach(() => stage?.stop())

test(`whatever fails in Proxmox VE (one of ${EVERY} faults, seed ${SEED}), nothing is lost, left or double`, {
  timeout: 1_800_000,
}, async () => {
  const { met, planned, trial } = await enumerateFaults(stage, MACHINES, { every: EVERY, first: SEED })
  for (const [phase, faults] of Object.entries(met))
    console.info(`${phase}: ${faults.length} of ${planned[phase]} faults`)
  expect(trial.failures).toEqual([])
  expect(Object.values(met).map(faults => faults.length > 3)).toEqual([true, true, true])
})
