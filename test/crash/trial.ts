/**
 * Puts tenants through the phases of a scenario, many at once, and compares each with one whose operator lived. Phases
 * begin together, so that one look at the cluster serves all.
 */

import type { Fault } from '../../dev/proxmox/faults.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import { judgeLife } from './judgement.ts'
import { livePhase, type PhaseEnd } from './life.ts'
import type { KillPoint } from './mortality.ts'
import type { Phase, Scenario } from './scenario.ts'
import { type TenantSnapshot, takeSnapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'

export interface Life {
  readonly tenant: string
  /** Where the operator dies in this phase; undefined where it lives. */
  readonly pointIn: (phase: Phase) => KillPoint | undefined
  /** Whether a person changes something while it is dead, or afterwards where it does not die. */
  readonly edited: boolean
  /** What goes wrong in its Proxmox VE in this phase. */
  readonly faultsIn?: (phase: Phase) => readonly Fault[]
}

export interface Trial {
  /** The first lives with and without an edit must be undisturbed: the others are compared with them. */
  run(lives: readonly Life[], takes?: (phase: Phase, life: Life) => boolean): Promise<TrialEnd[]>
  /** In words; none where all went well. */
  readonly failures: readonly string[]
}

export interface TrialEnd extends PhaseEnd {
  readonly life: Life
  readonly phase: Phase
}

const AT_ONCE = 12
const OTHERS_MS = 20_000

function happened({ diedAt, faults }: PhaseEnd): string {
  return [...(diedAt === undefined ? [] : [`died ${diedAt}`]), ...faults].join(', ') || 'without harm'
}

export async function createTrial(stage: Stage, scenario: Scenario): Promise<Trial> {
  const baseline = new Set((await takeSnapshot(stage, [])).names)
  const failures: string[] = []
  const tenants: string[] = []
  const references = new Map<string, TenantSnapshot>()
  const named = ({ tenant, edited }: Life) => `${tenant}${edited ? ' (edited)' : ''}`

  const live = async (phase: Phase, lives: readonly Life[]): Promise<TrialEnd[]> => {
    const ends: TrialEnd[] = []
    // A deletion is mostly waited for.
    await mapAtMost(lives, phase.wish === undefined ? 2 * AT_ONCE : AT_ONCE, async life => {
      try {
        const run = { phase, point: life.pointIn(phase), edited: life.edited, faults: life.faultsIn?.(phase) ?? [] }
        ends.push({ ...(await livePhase(stage, life.tenant, run)), life, phase })
      } catch (error) {
        failures.push(`${named(life)}: ${(error as Error).message}`)
      }
    })
    return ends
  }
  const judge = async (phase: Phase, ends: readonly TrialEnd[], before: ReadonlyMap<string, TenantSnapshot>) => {
    const { of, strays } = await takeSnapshot(stage, tenants, baseline)
    const wrongs = strays.map(stray => `${scenario.name}, ${phase.name}: ${stray} is nobody's`)
    const known = new Map(references)
    for (const { life, ...end } of ends) {
      const snapshot = of.get(life.tenant) as TenantSnapshot
      const key = `${phase.name} ${life.edited}`
      const reference = known.get(key) ?? snapshot
      known.set(key, reference)
      const jobs = stage.played.jobs.get(`tenant-${life.tenant}`) ?? []
      const plane = stage.planes.get(life.tenant)
      const found = judgeLife({ snapshot, end, before: before.get(life.tenant), jobs, plane, reference, phase })
      wrongs.push(...found.map(wrong => `${named(life)}, ${phase.name}, ${happened(end)}: ${wrong}`))
    }
    return { of, wrongs, references: known }
  }
  return {
    failures,
    async run(lives, takes = () => true) {
      tenants.push(...lives.map(({ tenant }) => tenant))
      const before = new Map<string, TenantSnapshot>()
      const all: TrialEnd[] = []
      for (const [index, phase] of scenario.phases.entries()) {
        const ends = await live(
          phase,
          lives.filter(life => index === 0 || takes(phase, life)),
        )
        // What other controllers bind or free follows a moment later.
        const untilMs = performance.now() + OTHERS_MS
        let judged = await judge(phase, ends, before)
        while (judged.wrongs.length > 0 && performance.now() < untilMs) judged = await judge(phase, ends, before)
        failures.push(...judged.wrongs)
        for (const [key, reference] of judged.references) references.set(key, reference)
        for (const { life } of ends) before.set(life.tenant, judged.of.get(life.tenant) as TenantSnapshot)
        all.push(...ends)
      }
      return all
    },
  }
}
