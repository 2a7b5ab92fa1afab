/**
 * Kills the operator at every kill point of every phase of a scenario. In each phase of one tenant's life it dies at the
 * point of the life's number, as long as the phase has that many: what a death has left behind is there in the next one.
 */
import { type KillPoint, MOMENTS } from './mortality.ts'
import type { Phase, Scenario } from './scenario.ts'
import { createTrial, type Life, type Trial } from './trial.ts'

export interface Variant {
  readonly moment: KillPoint['moment']
  readonly edited: boolean
}

export const ALL_VARIANTS: readonly Variant[] = MOMENTS.flatMap(moment =>
  [false, true].map(edited => ({ moment, edited })),
)

/**
 * Between the end of one call and the beginning of the next nothing happens in the world, so that dying after the one is
 * dying before the other: these two have the operator dead at every point, with an edit and without.
 */
export const EVERY_STATE: readonly Variant[] = [
  { moment: 'before', edited: false },
  { moment: 'after', edited: true },
]

export interface Enumeration {
  /** By phase: the call of every death, such as `before create Namespace tenant-plain-0004-x`. */
  readonly deaths: Readonly<Record<string, readonly string[]>>
  readonly trial: Trial
}

export interface EnumerationOptions {
  readonly variants?: readonly Variant[]
  /** Only so many calls apart, in each variant between other ones. */
  readonly every?: number
  /** The first of them, below `every`. */
  readonly first?: number
}

const BATCH = 24
/** By how many calls one life may be longer than another, where several loops work side by side. */
const SLACK = 4

export async function enumerateKillPoints(
  stage: Parameters<typeof createTrial>[0],
  scenario: Scenario,
  options: EnumerationOptions = {},
): Promise<Enumeration> {
  const trial = await createTrial(stage, scenario)
  const deaths = Object.fromEntries(scenario.phases.map(({ name }) => [name, [] as string[]]))
  const whole = await trial.run(wholeLives(scenario))
  const mostCalls = (phase: Phase) =>
    Math.max(0, ...whole.filter(end => end.phase === phase).map(({ calls }) => calls.length + SLACK))
  const lives = livesOf(scenario, Math.max(...scenario.phases.map(mostCalls)), options)
  for (let begun = 0; begun < lives.length; begun += BATCH) {
    const batch = lives.slice(begun, begun + BATCH)
    const ends = await trial.run(batch, (phase, { pointIn }) => (pointIn(phase)?.call ?? 0) < mostCalls(phase))
    for (const { phase, diedAt } of ends) if (diedAt !== undefined) deaths[phase.name]?.push(diedAt)
  }
  return { deaths, trial }
}

/** Operators that do not die. */
export function wholeLives({ name }: Scenario): Life[] {
  const pointIn = () => undefined
  return [false, true].map(edited => ({ tenant: `${name}-whole${edited ? '-edited' : ''}-x`, edited, pointIn }))
}

function livesOf(
  { name }: Scenario,
  calls: number,
  { variants = EVERY_STATE, every = 1, first = 0 }: EnumerationOptions,
): Life[] {
  const count = variants.length
  return Array.from({ length: count * Math.ceil(calls / every) }, (_, number) => {
    const { moment, edited } = variants[number % count] as Variant
    // After a call is before the next one: of the states in between, each variant has others, as far from each other as can be.
    const state = first + Math.floor(((number % count) * every) / count)
    const call = (state + every - (moment === 'after' ? 1 : 0)) % every
    const point = { call: every * Math.floor(number / count) + call, moment }
    return { tenant: `${name}-${String(number).padStart(4, '0')}-x`, edited, pointIn: () => point }
  })
}
