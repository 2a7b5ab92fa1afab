/** Is every machine as it should be? As the TenantMachines say; the first that is not, by name, is the cause. Pure. */
import type { TenantMachineStatus } from '../../crds/tenant-machine.ts'
import { conditionOf, isFalse, isTrue, type Verdict } from '../condition-set.ts'
import { isFromList, isGoing } from '../machine-objects.ts'
import type { KubeObject } from '../object.ts'
import type { SliceFindings } from '../slice.ts'

export function machinesVerdict(findings: SliceFindings): Verdict {
  const { desired, observed, failures } = findings
  const failure = failures.find(({ stage }) => stage === 'Machines')
  if (failure !== undefined) return isFalse('MachinesReady', failure.reason, failure.message)
  const names = [...new Set([...desired.machines, ...observed.machines].map(({ metadata }) => metadata.name))].sort()
  const [cause] = names.flatMap(name => lackOf(name, findings) ?? [])
  if (cause !== undefined) return isFalse('MachinesReady', cause.reason, cause.message)
  const { ready, total } = machineCount(findings)
  if (total === 0) return isTrue('MachinesReady', 'NoMachines', 'This tenant has no machines.')
  return isTrue('MachinesReady', 'MachinesReady', `${ready} of ${total} machines ready.`)
}

/** Those that people made for themselves count too. */
export function machineCount({ desired, observed }: Pick<SliceFindings, 'desired' | 'observed'>) {
  const staying = observed.machines.filter(machine => !isGoing(machine))
  const wanted = new Set([...desired.machines, ...staying].map(({ metadata }) => metadata.name))
  return { ready: staying.filter(isReady).length, total: wanted.size }
}

function isReady(machine: KubeObject): boolean {
  const ready = conditionOf(statusOf(machine), 'Ready')
  return ready?.status === 'True' && ready.observedGeneration === machine.metadata.generation
}

function lackOf(
  name: string,
  { desired, observed }: SliceFindings,
): { readonly reason: string; readonly message: string } | undefined {
  const machine = observed.machines.find(({ metadata }) => metadata.name === name)
  const isListed = desired.machines.some(({ metadata }) => metadata.name === name)
  if (machine === undefined) return { reason: 'MachinesPending', message: `TenantMachine ${name} is not made yet.` }
  const status = statusOf(machine)
  if (isGoing(machine)) {
    const deleting = conditionOf(status, 'Deleting')
    const why = deleting === undefined ? '' : ` ${deleting.message}`
    return { reason: 'MachineDeleting', message: `${name}: is being destroyed.${why}` }
  }
  if (isListed && !isFromList(machine, desired.tenant)) {
    const message = `TenantMachine ${name} was made by somebody else. Delete it, or take ${name} from spec.machines.`
    return { reason: 'MachineTaken', message }
  }
  if (isReady(machine)) return undefined
  const ready = conditionOf(status, 'Ready')
  // Of an edit that nobody has looked at yet.
  if (ready === undefined || ready.status === 'True') {
    return { reason: 'MachinesPending', message: `${name}: has not been looked at yet.` }
  }
  return { reason: ready.reason, message: `${name}: ${ready.message}` }
}

function statusOf({ status }: KubeObject): TenantMachineStatus | undefined {
  return status as TenantMachineStatus | undefined
}
