/** Which machines of a tenant go beyond what its plan allows. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import { quantityValue } from '../crds/quantity.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import { memoryBytes, statedDiskBytes } from './machine-intent.ts'

export type MachineAllowance = TenantPlanSpec['machines']

export interface CountedMachine {
  readonly name: string
  /** RFC 3339. */
  readonly creationTimestamp: string
  readonly spec: MachineSpec
}

export interface OverAllowance {
  readonly name: string
  readonly reason: 'AllowanceExceeded'
  readonly message: string
}

interface Limit {
  readonly most: number
  readonly asks: (spec: MachineSpec) => number
  readonly words: (amount: number) => string
}

/**
 * The machines that have to wait for room. The oldest come first, so that a new one never pushes out one that is there; a small
 * one may still fit behind a large one that does not.
 */
export function overAllowance(allowance: MachineAllowance, machines: readonly CountedMachine[]): OverAllowance[] {
  const limits = limitsOf(allowance)
  const fitting: MachineSpec[] = []
  const over: OverAllowance[] = []
  for (const { name, spec } of [...machines].sort(byAge)) {
    const exceeded = limits.find(({ most, asks }) => total([...fitting, spec], asks) > most)
    if (exceeded === undefined) fitting.push(spec)
    else over.push({ name, reason: 'AllowanceExceeded', message: messageOf(exceeded, fitting, spec) })
  }
  return over
}

function limitsOf({ count, cores, memory, storage }: NonNullable<MachineAllowance> = {}): Limit[] {
  return [
    { most: count, asks: () => 1, words: counted('machine') },
    { most: cores, asks: (spec: MachineSpec) => spec.cores, words: counted('core') },
    { most: memory && quantityValue(memory), asks: memoryBytes, words: sized('memory') },
    { most: storage && quantityValue(storage), asks: statedDiskBytes, words: sized('disks') },
  ].flatMap(({ most, ...limit }) => (most === undefined || most === '' ? [] : [{ ...limit, most }]))
}

function messageOf({ most, asks, words }: Limit, fitting: readonly MachineSpec[], spec: MachineSpec): string {
  const used = words(total(fitting, asks))
  return `The plan allows ${words(most)} in all: ${used} used by older machines, ${words(asks(spec))} asked for.`
}

function total(specs: readonly MachineSpec[], asks: Limit['asks']): number {
  return specs.reduce((sum, spec) => sum + asks(spec), 0)
}

function counted(what: string): Limit['words'] {
  return amount => `${amount} ${what}${amount === 1 ? '' : 's'}`
}

function sized(what: string): Limit['words'] {
  return bytes => `${bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30}Gi` : `${Math.ceil(bytes / 2 ** 20)}Mi`} of ${what}`
}

function byAge(a: CountedMachine, b: CountedMachine): number {
  const [left, right] = [`${a.creationTimestamp} ${a.name}`, `${b.creationTimestamp} ${b.name}`]
  return left < right ? -1 : left > right ? 1 : 0
}
