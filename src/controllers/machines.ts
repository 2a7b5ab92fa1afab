/** One pass over the machines of a tenant. What keeps one of them from being looked at keeps no other. */
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import { reconcileMachine } from './machine.ts'
import type { MachinePorts } from './machine-ports.ts'
import { surroundingsOf } from './machine-surroundings.ts'
import { MachineChanged } from './machine-writer.ts'
import { interruptedOutcome } from './observation-failure.ts'
import type { Outcome } from './outcome.ts'

export interface MachinesPorts extends MachinePorts {
  readonly cache: Pick<TenantCache, 'tenants' | 'plans' | 'namespaces' | 'networkLeases' | 'machines'>
}

export async function reconcileMachines(ports: MachinesPorts, tenant: string): Promise<Outcome> {
  try {
    return await reconcile(ports, tenant)
  } catch (error) {
    return interruptedOutcome(error, ports.logger)
  }
}

async function reconcile(ports: MachinesPorts, tenant: string): Promise<Outcome> {
  const around = surroundingsOf(ports.cache, tenant)
  if (around === undefined) return { end: 'done' }
  const outcomes: Outcome[] = []
  // The oldest first: what there is too little of goes to it.
  const machines = ports.cache.machines.list(names.namespaceName(tenant)).sort((a, b) => {
    const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`)
    return (left ?? '') < (right ?? '') ? -1 : 1
  })
  for (const object of machines) {
    const logger = ports.logger.child({ tenant, machine: object.metadata.name })
    try {
      outcomes.push(await reconcileMachine({ ...ports, logger }, around, object))
    } catch (error) {
      if (!(error instanceof MachineChanged)) throw error
      logger.debug('it was changed meanwhile: looking again')
      outcomes.push({ end: 'again' })
    }
  }
  return joined(outcomes)
}

const URGENCY = ['again', 'wait', 'backoff', 'terminal', 'done'] as const

/** Whoever is to be looked at first. */
function joined(outcomes: readonly Outcome[]): Outcome {
  const first = URGENCY.map(end => outcomes.find(outcome => outcome.end === end)).find(found => found !== undefined)
  // A machine that cannot be read does not keep the others from being looked at now and then.
  return first === undefined || (first.end === 'terminal' && outcomes.length > 1) ? { end: 'done' } : first
}
