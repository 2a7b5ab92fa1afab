/**
 * `make soak ARGS='--minutes 60 --seed 4711'`: every kill point in every variant and every fault of Proxmox VE, then deaths at
 * random points, random faults, and the real process killed at random times, until the time is over. Prints the seed, with which
 * all of it comes again.
 */
import { parseArgs } from 'node:util'
import { ALL_VARIANTS, enumerateKillPoints, wholeLives } from './enumeration.ts'
import { enumerateFaults, livesWithRandomFaults } from './fault-enumeration.ts'
import { killProcesses } from './killing.ts'
import { MOMENTS } from './mortality.ts'
import { createRandom, randomBelow } from './random.ts'
import type { Phase, Scenario } from './scenario.ts'
import { HOOKED, HOOKS, KILLED, KILLED_MACHINES, MACHINES, PLAIN } from './scenarios.ts'
import { type Stage, startStage } from './stage.ts'
import { createTrial, type Life } from './trial.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    'skip-enumeration': { type: 'boolean' },
  },
})
const endMs = performance.now() + Number(values.minutes) * 60_000
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const LIVES = 24
const KILLS = 20
/** With more calls than any of its phases has, so that some operators live. */
const TRIED = [
  { scenario: PLAIN, additions: [], mostCalls: 60, killed: KILLED, latestMs: 2_000 },
  { scenario: HOOKED, additions: [HOOKS], mostCalls: 60, killed: KILLED, latestMs: 2_000 },
  { scenario: MACHINES, additions: [], mostCalls: 110, killed: KILLED_MACHINES, latestMs: 10_000 },
] as const

console.info(`seed ${seed}: make soak ARGS='--minutes ${values.minutes} --seed ${seed}'`)
const random = createRandom(seed)
let failures = 0
const report = (what: string, wrongs: readonly string[]) => {
  failures += wrongs.length
  console.info([`${wrongs.length === 0 ? '✓' : '✗'} ${what}`, ...wrongs].join('\n  '))
}

for (let round = 0; performance.now() < endMs; round += 1) {
  const { scenario, additions, mostCalls, killed, latestMs } = TRIED[round % TRIED.length] ?? TRIED[0]
  const stage = await startStage({ name: 'soak', additions })
  try {
    const isFirst = round < TRIED.length && !values['skip-enumeration']
    if (isFirst) await enumerate(stage, scenario)
    if (isFirst && scenario === MACHINES) await disturb(stage, scenario)
    await kill(stage, { ...killed, name: `${killed.name}-r${round}` }, latestMs)
    await tryAtRandom(stage, { ...scenario, name: `${scenario.name}-r${round}` }, mostCalls)
  } finally {
    await stage.stop()
  }
}
process.exitCode = failures === 0 ? 0 : 1

/** At each call and task of Proxmox VE. */
async function disturb(stage: Stage, scenario: Scenario): Promise<void> {
  const { met, planned, trial } = await enumerateFaults(stage, { ...scenario, name: `${scenario.name}-faults` })
  const counts = Object.entries(met).map(([phase, faults]) => `${phase} ${faults.length} of ${planned[phase]}`)
  report(`${scenario.name}, every fault: ${counts.join(', ')}`, trial.failures)
}

async function enumerate(stage: Stage, scenario: Scenario): Promise<void> {
  const { deaths, trial } = await enumerateKillPoints(stage, scenario, { variants: ALL_VARIANTS })
  const counts = Object.entries(deaths).map(([phase, points]) => `${phase} ${points.length}`)
  report(`${scenario.name}, every kill point: ${counts.join(', ')}`, trial.failures)
}

async function kill(stage: Stage, scenario: Scenario, latestMs: number): Promise<void> {
  const options = { runs: KILLS, seed: randomBelow(random, 1_000_000), latestMs }
  const what = `${scenario.name}, ${KILLS} kills of the process, seed ${options.seed}`
  report(what, await killProcesses(stage, scenario, options))
}

/** A part of the time, so that the other scenarios have their turn. */
async function tryAtRandom(stage: Stage, scenario: Scenario, mostCalls: number): Promise<void> {
  const trial = await createTrial(stage, scenario)
  await trial.run(wholeLives(scenario))
  const untilMs = Math.min(endMs, performance.now() + 5 * 60_000)
  for (let batch = 0; performance.now() < untilMs; batch += 1) {
    const before = trial.failures.length
    await trial.run(Array.from({ length: LIVES }, (_, index) => randomLife(scenario, batch * LIVES + index, mostCalls)))
    report(`${scenario.name}, ${LIVES} lives with deaths at random`, trial.failures.slice(before))
    if (!scenario.name.startsWith(MACHINES.name)) continue
    const between = trial.failures.length
    await trial.run(livesWithRandomFaults(scenario, LIVES, random, batch * LIVES))
    report(`${scenario.name}, ${LIVES} lives with faults at random`, trial.failures.slice(between))
  }
}

function randomLife({ name, phases }: Scenario, number: number, mostCalls: number): Life {
  const points = new Map(
    phases.map(phase => [
      phase.name,
      { call: randomBelow(random, mostCalls), moment: MOMENTS[randomBelow(random, 2)] ?? 'before' },
    ]),
  )
  const pointIn = (phase: Phase) => points.get(phase.name)
  return { tenant: `${name}-${String(number).padStart(4, '0')}-x`, edited: random() < 0.5, pointIn }
}
