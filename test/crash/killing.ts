/**
 * Kills the real process again and again while tenants come, change and go: in each run one is installed, the one before
 * it changed, the one before that deleted, and the operator is killed at a time that follows from the seed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { namespaceName } from '../../src/plan/names.ts'
import { eventually } from '../integration/operator-environment.ts'
import { type OperatorProgram, startProgram } from '../integration/operator-program.ts'
import { judgeLife } from './judgement.ts'
import { livePhase } from './life.ts'
import { databaseVolume } from './played-database.ts'
import { createRandom } from './random.ts'
import { express, isGone, type Phase, readyReason, removeTenant, type Scenario, TENANT } from './scenario.ts'
import { type TenantSnapshot, takeSnapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'

export interface KillingOptions {
  readonly runs: number
  readonly seed: number
  /** After the operator has begun to work. */
  readonly latestMs?: number
}

const SETTLE_MS = 300_000

/** What is wrong in the end, in words. */
export async function killProcesses(stage: Stage, scenario: Scenario, options: KillingOptions): Promise<string[]> {
  const { name, phases } = scenario
  const { runs, seed, latestMs = 2_000 } = options
  const random = createRandom(seed)
  const baseline = new Set((await takeSnapshot(stage, [])).names)
  const references = await referencesOf(stage, scenario)
  const tenants = Array.from({ length: runs }, (_, run) => `${name}-${String(run).padStart(3, '0')}-y`)
  const changes = new Map<string, number>()
  const revisions = new Map<string, number>()
  const empty = new Set<string>()
  for (let run = 0; run < runs; run += 1) {
    for (const [back, phase] of phases.entries()) {
      const tenant = tenants[run - back]
      if (tenant === undefined) continue
      if (phase.wish === undefined && !(await hasData(stage, tenant))) empty.add(tenant)
      const made = await act(stage, tenant, phase)
      changes.set(tenant, (changes.get(tenant) ?? 0) + made)
      if (!phase.keepsRelease) revisions.set(tenant, (revisions.get(tenant) ?? 0) + made)
    }
    const operator = operatorOf(stage)
    await operator.ready
    await sleep(random() * latestMs)
    await end(operator)
  }
  const lastPhaseOf = (run: number) => phases[Math.min(runs - 1 - run, phases.length - 1)] as Phase
  const operator = operatorOf(stage)
  try {
    const settled = await Promise.allSettled(
      tenants.map((tenant, run) => eventually(() => isSettled(stage, tenant, lastPhaseOf(run)), Boolean, SETTLE_MS)),
    )
    const late = settled.flatMap(({ status }, run) => (status === 'rejected' ? [`${tenants[run]}: not in time`] : []))
    if (late.length > 0) return late
  } finally {
    await end(operator)
  }
  const { of, strays } = await takeSnapshot(stage, [...tenants, ...references.keys()], baseline)
  const wrongs = tenants.flatMap((tenant, run) => {
    const phase = lastPhaseOf(run)
    const end = {
      calls: [],
      routes: [],
      tasks: [],
      faults: [],
      changes: changes.get(tenant) ?? 0,
      revisions: revisions.get(tenant) ?? 0,
    }
    const reference = references.get(wholeOf(scenario, phase)) as TenantSnapshot
    const jobs = stage.played.jobs.get(namespaceName(tenant)) ?? []
    const plane = stage.planes.get(tenant)
    const found = { phase, end, reference, snapshot: of.get(tenant) as TenantSnapshot, before: undefined, jobs, plane }
    // What had nothing yet leaves nothing.
    const judged = judgeLife(found).filter(wrong => !(empty.has(tenant) && wrong.endsWith('is missing')))
    return judged.map(wrong => `${tenant}, ${phase.name}: ${wrong}`)
  })
  return [...strays.map(stray => `${stray} is nobody's`), ...wrongs]
}

function operatorOf({ config }: Stage): OperatorProgram {
  return startProgram({
    kubeconfig: config.kubeconfig ?? '',
    helm: config.helm,
    'charts-dir': config.chartsDir,
    'deletion-halt-percent': 100,
    'leader-elect': 'false',
  })
}

async function end(operator: OperatorProgram): Promise<void> {
  operator.kill('SIGKILL')
  await operator.ended
}

function wholeOf({ name }: Scenario, phase: Phase): string {
  return `${name}-${phase.name}-whole-y`
}

/** For each phase a tenant that has come so far, and whose operator did not die. */
async function referencesOf(stage: Stage, scenario: Scenario): Promise<Map<string, TenantSnapshot>> {
  const names = scenario.phases.map(phase => wholeOf(scenario, phase))
  for (const [last, name] of names.entries()) {
    for (const phase of scenario.phases.slice(0, last + 1)) await livePhase(stage, name, { phase, edited: false })
  }
  return new Map((await takeSnapshot(stage, names)).of)
}

/** Asked while the operator is dead. */
async function hasData({ kube }: Stage, tenant: string): Promise<boolean> {
  const name = databaseVolume(namespaceName(tenant))
  return (await kube.get({ apiVersion: 'v1', kind: 'PersistentVolume', name })) !== undefined
}

async function act(stage: Stage, tenant: string, phase: Phase): Promise<number> {
  if (phase.wish?.machines !== undefined) await stage.planeOf(tenant)
  if (phase.wish !== undefined) return express(stage, tenant, phase.wish)
  await removeTenant(stage, tenant)
  return 0
}

async function isSettled(stage: Stage, tenant: string, phase: Phase): Promise<boolean> {
  if (phase.wish === undefined) return isGone(stage, tenant)
  return readyReason(await stage.kube.get({ ...TENANT, name: tenant }))?.startsWith('True') ?? false
}
