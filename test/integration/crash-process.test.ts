/** The real process is killed by SIGKILL while it works for several tenants, 20 times. The end is as if it had not been. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killProcesses } from '../crash/killing.ts'
import { KILLED } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

const RUNS = 20
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
