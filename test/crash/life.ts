/** One tenant's life: through the phases of a scenario, in each of which the operator may die once, or something else goes wrong. */
import type { Fault } from '../../dev/proxmox/faults.ts'
import type { Clock } from '../../src/kube/clock.ts'
import { faultText, SHORT_TIMEOUT_MS } from './faults.ts'
import type { Instance } from './instance.ts'
import { startInstance } from './instance.ts'
import { createMortality, type KillPoint, type Mortality } from './mortality.ts'
import {
  editTenant,
  express,
  type Phase,
  removePlan,
  removeTenant,
  untilBlocked,
  untilGone,
  untilSettled,
} from './scenario.ts'
import type { Stage } from './stage.ts'

export interface PhaseRun {
  readonly phase: Phase
  readonly point?: KillPoint | undefined
  /** Whether a person changes something while the operator is dead; where it does not die, afterwards. */
  readonly edited: boolean
  /** What goes wrong in its Proxmox VE meanwhile. */
  readonly faults?: readonly Fault[]
}

export interface PhaseEnd {
  /** The call at which the operator died; absent where it ended before that call. */
  readonly diedAt?: string
  /** Calls of the first instance. */
  readonly calls: readonly string[]
  /** How many objects people changed. */
  readonly changes: number
  /** How many revisions of the release there may be for it. */
  readonly revisions: number
  /** What the first instance called in Proxmox VE, one by one: `POST /nodes/{node}/lxc`. */
  readonly routes: readonly string[]
  /** Of Proxmox VE, one by one, by type. */
  readonly tasks: readonly string[]
  /** In words; those that came to pass. */
  readonly faults: readonly string[]
}

/** After which a person ends a task that hangs. */
const PATIENCE_MS = 3000
/** Of the operator's clock, which waits for a process that cannot keep up: some minutes of the wall. */
const LIMIT_MS = 2 * 3_600_000

/** @throws where the tenant does not come to rest in time, with the log of the instance that was at it. */
export async function livePhase(stage: Stage, tenant: string, run: PhaseRun): Promise<PhaseEnd> {
  const { phase, point, edited, faults = [] } = run
  const hasLate = faults.some(({ kind }) => kind === 'latency')
  const hasHanging = faults.some(({ kind }) => kind === 'task-hang')
  let instance: Instance | undefined
  const start = async (mortality: Mortality) => {
    instance = await startInstance(stage, tenant, mortality, hasLate ? { proxmoxTimeoutMs: SHORT_TIMEOUT_MS } : {})
    stage.instances.set(tenant, instance)
    return instance
  }
  const settled = (current: Instance, signal?: AbortSignal) =>
    phase.wish === undefined ? untilGone(stage, tenant, signal) : untilSettled(stage, tenant, current, signal)
  const work = async (): Promise<PhaseEnd> => {
    const mortality = createMortality(point)
    let changes = 0
    const plane = phase.wish?.machines === undefined ? stage.planes.get(tenant) : await stage.planeOf(tenant)
    const tasksBefore = plane?.server.state.tasks.length
    plane?.server.inject(...faults)
    if (phase.wish === undefined) await removeTenant(stage, tenant)
    else changes += await express(stage, tenant, phase.wish)
    const first = await start(mortality)
    // It may also die while it stops, when it tells what happened last.
    const death = new AbortController()
    const lived = settled(first, death.signal).then(() => (death.signal.aborted ? undefined : first.stop()))
    const diedAt = await Promise.race([mortality.died, lived.then(() => undefined)])
    if (diedAt !== undefined) {
      death.abort()
      first.drop()
    }
    if (diedAt !== undefined || edited) {
      if (edited && phase.planGoes) {
        await removePlan(stage, tenant)
        await untilBlocked(stage, tenant, await start(createMortality()))
        changes += await editTenant(stage, tenant, phase)
      } else {
        if (edited) changes += await editTenant(stage, tenant, phase)
        await start(createMortality())
      }
      await settled(instance as Instance)
      await instance?.stop()
    }
    stage.instances.delete(tenant)
    const revisions = phase.keepsRelease ? 0 : changes
    const happened = plane?.server.metFaults() ?? []
    plane?.server.clearFaults()
    const tasks = plane?.server.state.tasks.slice(tasksBefore).map(({ type }) => type) ?? []
    const met = { routes: mortality.routes, tasks, faults: happened.map(faultText) }
    return { calls: mortality.calls, changes, revisions, ...met, ...(diedAt === undefined ? {} : { diedAt }) }
  }
  const person = setInterval(() => hasHanging && stage.planes.get(tenant)?.stopHangingTasks(), PATIENCE_MS)
  return within(
    stage.clock,
    LIMIT_MS,
    work(),
    () => `${tenant}: ${phase.name} does not end:\n${instance?.log.slice(-8).join('')}`,
  ).finally(() => clearInterval(person))
}

async function within<T>(clock: Clock, ms: number, work: Promise<T>, what: () => string): Promise<T> {
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal).then(() => {
    if (!over.signal.aborted) throw new Error(what())
    return work
  })
  return Promise.race([work, late]).finally(() => over.abort())
}
