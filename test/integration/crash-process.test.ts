/** The real process is killed by SIGKILL while it works for several tenants, 20 times. The end is as if it had not been. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { killProcesses } from '../crash/killing.ts'
import { KILLED } from '../crash/scenarios.ts'
import { type Stage, startStage } from '../crash/stage.ts'

const RUNS = 20
const SEED = 20261121

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ name: 'crash-process' })
})
afterAll(() => stage?.stop())

test(`after ${RUNS} kills (seed ${SEED}) every tenant is as it should be, each revision there once, and nothing left`, async () => {
  expect(await killProcesses(stage, KILLED, RUNS, SEED)).toEqual([])
  expect(stage.played.failures).toEqual([])
}, 900_000)
