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

const BATCH = 24

export async function enumerateKillPoints(
  stage: Parameters<typeof createTrial>[0],
  scenario: Scenario,
  variants: readonly Variant[] = EVERY_STATE,
): Promise<Enumeration> {
  const trial = await createTrial(stage, scenario)
  const deaths = Object.fromEntries(scenario.phases.map(({ name }) => [name, [] as string[]]))
  const ended = new Set<string>()
  const kind = (phase: Phase, life: Numbered) => `${phase.name} ${life.moment} ${life.edited}`
  const isOpen = (phase: Phase, life: Numbered) => !ended.has(kind(phase, life))
  await trial.run(wholeLives(scenario))
  for (let first = 0; ; first += BATCH) {
    const numbered = livesFrom(scenario, first, variants)
    const lives = numbered.filter(life => scenario.phases.some(phase => isOpen(phase, life)))
    if (lives.length === 0) return { deaths, trial }
    for (const { phase, life, diedAt } of await trial.run(lives, (phase, life) => isOpen(phase, life as Numbered))) {
      if (diedAt === undefined) ended.add(kind(phase, life as Numbered))
      else deaths[phase.name]?.push(diedAt)
    }
  }
}

/** Operators that do not die. */
export function wholeLives({ name }: Scenario): Life[] {
  const pointIn = () => undefined
  return [false, true].map(edited => ({ tenant: `${name}-whole${edited ? '-edited' : ''}-x`, edited, pointIn }))
}

interface Numbered extends Life {
  readonly moment: KillPoint['moment']
}

function livesFrom({ name }: Scenario, first: number, variants: readonly Variant[]): Numbered[] {
  return Array.from({ length: BATCH }, (_, index) => {
    const number = first + index
    const { moment, edited } = variants[number % variants.length] as Variant
    const point = { call: Math.floor(number / variants.length), moment }
    return { tenant: `${name}-${String(number).padStart(4, '0')}-x`, edited, moment, pointIn: () => point }
  })
}
