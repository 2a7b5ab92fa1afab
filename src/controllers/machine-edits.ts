/** Machines of a tenant's list that somebody edits are put back, but not for ever: their guests would be changed to and fro. */
import type { Logger } from 'pino'
import type { StepFailure } from '../plan/failure.ts'
import { editedMachines } from '../plan/machine-objects.ts'
import { type KubeObject, refKey, refOf } from '../plan/object.ts'
import type { DesiredSlice, SliceObservation } from '../plan/slice.ts'
import { countingSteps } from './counted-steps.ts'
import { observationFailure } from './observation-failure.ts'
import type { Rewrites } from './rewrite-budget.ts'
import type { Worlds } from './worlds.ts'

export interface MachineEdits {
  /** All that were found, those that seemed to be edited as they are now. */
  readonly machines: readonly KubeObject[]
  /** By name, those that are not put back for now. */
  readonly held: readonly string[]
  readonly failures: readonly StepFailure[]
  /** Carries out steps, and counts how often each of them was put back. */
  readonly applyStep: Worlds['applyStep']
}

interface EditPorts {
  readonly worlds: Pick<Worlds, 'observeMachines' | 'applyStep'>
  readonly rewrites: Rewrites
  readonly logger: Logger
}

/** A watch may be behind the operator's own last write, so that only a live look proves an edit. Throws what passes by itself. */
export async function observeEdits(
  { worlds, rewrites, logger }: EditPorts,
  { tenant, machines: desired }: DesiredSlice,
  { machines: found }: Pick<SliceObservation, 'machines'>,
): Promise<MachineEdits> {
  const suspects = editedMachines(tenant, desired, found).map(({ metadata }) => metadata.name)
  const { applyStep } = worlds
  if (suspects.length === 0) return { machines: found, held: [], failures: [], applyStep }
  let live: readonly KubeObject[]
  try {
    live = await worlds.observeMachines(tenant, suspects)
  } catch (error) {
    const failure: StepFailure = { ...observationFailure(error, logger), stage: 'Machines' }
    return { machines: found, held: suspects, failures: [failure], applyStep }
  }
  const machines = [...found.filter(({ metadata }) => !suspects.includes(metadata.name)), ...live]
  const edited = editedMachines(tenant, desired, machines)
  const held = edited.filter(object => !rewrites.allows(refKey(refOf(object)))).map(({ metadata }) => metadata.name)
  return {
    machines,
    held,
    failures: foughtOver(held),
    applyStep: countingSteps({ worlds, rewrites }, edited.map(refOf)),
  }
}

function foughtOver(held: readonly string[]): StepFailure[] {
  if (held.length === 0) return []
  const which = [...held].sort().join(', ')
  const message = `TenantMachine ${which}: put back several times, and edited again each time. Change spec.machines of the Tenant instead; until then it is put back now and then.`
  return [{ stage: 'Machines', reason: 'Fought', message }]
}
