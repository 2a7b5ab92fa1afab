/**
 * Puts faults at each call and each task of Proxmox VE in the phases of a scenario, one at a time; or many at random.
 */
import type { Fault } from '../../dev/proxmox/faults.ts'
import { digestOf } from '../../src/plan/digest.ts'
import { wholeLives } from './enumeration.ts'
import { faultsOf, faultText, randomFault } from './faults.ts'
import type { Phase, Scenario } from './scenario.ts'
import type { Stage } from './stage.ts'
import { createTrial, type Life, type Trial } from './trial.ts'

export interface FaultOptions {
  /** Only one of so many, always the same ones: by what they are. */
  readonly every?: number
  /** Which of them, below `every`. */
  readonly first?: number
}

export interface FaultEnumeration {
  /** By phase: what went wrong, each in a life of its own. */
  readonly met: Readonly<Record<string, readonly string[]>>
  /** By phase: how many were to happen. What a life waits for longer or less long is looked at more or less often. */
  readonly planned: Readonly<Record<string, number>>
  readonly trial: Trial
}

const BATCH = 24

export async function enumerateFaults(
  stage: Stage,
  scenario: Scenario,
  { every = 1, first = 0 }: FaultOptions = {},
): Promise<FaultEnumeration> {
  const trial = await createTrial(stage, scenario)
  const met = Object.fromEntries(scenario.phases.map(({ name }) => [name, [] as string[]]))
  const whole = await trial.run(wholeLives(scenario).slice(0, 1))
  const isOfSample = ({ name }: Phase, fault: Fault) =>
    Number.parseInt(digestOf([name, faultText(fault)]).slice(0, 8), 16) % every === first
  const planned = new Map(
    whole.map(end => [end.phase, faultsOf(end).filter(fault => isOfSample(end.phase, fault))] as const),
  )
  const most = Math.max(0, ...[...planned.values()].map(({ length }) => length))
  const lives = Array.from({ length: most }, (_, number) =>
    lifeOf(scenario, number, phase => planned.get(phase)?.slice(number, number + 1) ?? []),
  )
  for (let begun = 0; begun < lives.length; begun += BATCH) {
    const takes = (phase: Phase, { faultsIn }: Life) => (faultsIn?.(phase) ?? []).length > 0
    for (const { phase, faults } of await trial.run(lives.slice(begun, begun + BATCH), takes))
      met[phase.name]?.push(...faults)
  }
  const counts = Object.fromEntries([...planned].map(([{ name }, faults]) => [name, faults.length]))
  return { met, planned: counts, trial }
}

/** Several in every phase of each life, at any call and at any task. */
export function livesWithRandomFaults(scenario: Scenario, count: number, random: () => number, begun = 0): Life[] {
  return Array.from({ length: count }, (_, index) => {
    const faults = new Map(scenario.phases.map(phase => [phase, Array.from({ length: 5 }, () => randomFault(random))]))
    return lifeOf(scenario, begun + index, phase => faults.get(phase) ?? [])
  })
}

function lifeOf({ name }: Scenario, number: number, faultsIn: (phase: Phase) => readonly Fault[]): Life {
  const tenant = `${name}-f${String(number).padStart(4, '0')}-x`
  return { tenant, edited: false, pointIn: () => undefined, faultsIn }
}
