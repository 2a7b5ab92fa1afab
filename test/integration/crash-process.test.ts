/** The real process is killed by SIGKILL while it works for several tenants. The end is as if it had not been. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killProcesses } from '../crash/killing.ts'
import { KILLED, KILLED_MACHINES } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

const RUNS = 20
const RUNS_WITH_MACHINES = 4
const SEED = 20261121

/** For each try its own, without the tenants of the one before. */
let stage: Stage
beforeEach(async () => {
  stage = await startStage({ name: 'crash-process' })
})
afterEach(() => stage?.stop())

test(`after ${RUNS} kills (seed ${SEED}) every tenant is as it should be, each revision there once, and nothing left`, async () => {
  expect(await killProcesses(stage, KILLED, { runs: RUNS, seed: SEED })).toEqual([])
  expect(stage.played.failures).toEqual([])
}, 900_000)

test(`after ${RUNS_WITH_MACHINES} kills (seed ${SEED}) each machine is there once, and what somebody else has is untouched`, async () => {
  const options = { runs: RUNS_WITH_MACHINES, seed: SEED, latestMs: 5_000 }
  expect(await killProcesses(stage, KILLED_MACHINES, options)).toEqual([])
  expect(stage.played.failures).toEqual([])
}, 900_000)
