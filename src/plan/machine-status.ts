/** The status of a TenantMachine: the one place where its conditions are written. Pure. */
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { conditionsOf, isFalse, isTrue, type Verdict } from './condition-set.ts'
import { macAddressOf } from './machine-network.ts'
import type { Guest } from './machine-observation.ts'
import type { MachineVerdict } from './machine-verdict.ts'

export type MachineFacts = Omit<TenantMachineStatus, 'observedGeneration' | 'conditions'>

export interface MachineStatusInputs {
  readonly generation: number
  readonly before: TenantMachineStatus | undefined
  /** RFC 3339. */
  readonly now: string
  readonly deleting: boolean
}

/** Of what was known before, what a look at the guest has brought up to date. */
export function factsOf(before: MachineFacts, guest: Guest): MachineFacts {
  const { pendingReboot: _, macAddress: known, ...rest } = before
  const macAddress = macAddressOf(guest) ?? known
  return {
    ...rest,
    made: true,
    type: guest.type,
    node: guest.node,
    powerState: guest.running ? 'Running' : 'Stopped',
    ...(macAddress === undefined ? {} : { macAddress }),
    ...(guest.pending.length === 0 ? {} : { pendingReboot: guest.pending.slice(0, 64) }),
  }
}

export function knownFacts(before: TenantMachineStatus | undefined): MachineFacts {
  const { observedGeneration: _, conditions: __, ...facts } = before ?? { observedGeneration: -1 }
  return facts
}

export function machineStatusOf(
  facts: MachineFacts,
  verdict: MachineVerdict,
  { generation, before, now, deleting }: MachineStatusInputs,
): TenantMachineStatus {
  const verdicts = [...headOf(verdict, deleting), ...rebootVerdict(facts)]
  const conditions = conditionsOf(verdicts, { before: before?.conditions ?? [], observedGeneration: generation, now })
  return { ...facts, observedGeneration: generation, conditions }
}

function headOf({ state, reason, message }: MachineVerdict, deleting: boolean): Verdict[] {
  if (deleting) {
    return [
      isFalse('Ready', 'Deleting', message),
      isTrue('Reconciling', 'Deleting', message),
      isFalse('Stalled', 'Deleting', 'The deletion is tried until it is done.'),
      isTrue('Deleting', reason, message),
    ]
  }
  switch (state) {
    case 'ready':
      return [
        isTrue('Ready', reason, message),
        isFalse('Reconciling', reason, 'Nothing is left to do.'),
        isFalse('Stalled', reason, 'Nothing is in the way.'),
      ]
    case 'unready':
      return [
        isFalse('Ready', reason, message),
        isTrue('Reconciling', reason, message),
        isFalse('Stalled', 'Progressing', 'What is missing is tried again by itself.'),
      ]
    case 'stalled':
      return [
        isFalse('Ready', reason, message),
        isFalse('Reconciling', reason, 'Nothing is tried again until this machine is edited.'),
        isTrue('Stalled', reason, message),
      ]
    default:
      return state satisfies never
  }
}

function rebootVerdict({ pendingReboot = [], made }: MachineFacts): Verdict[] {
  if (made !== true) return []
  if (pendingReboot.length === 0) {
    return [isFalse('PendingReboot', 'NothingPending', 'All settings are in force.')]
  }
  const message = `These settings come into force with the next start: ${pendingReboot.join(', ')}. Restart it when it suits.`
  return [isTrue('PendingReboot', 'SettingsPending', message)]
}
