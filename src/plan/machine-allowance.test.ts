import { expect, test } from 'vitest'
import { machineSpecSchema } from '../crds/machine.ts'
import { type CountedMachine, type MachineAllowance, overAllowance } from './machine-allowance.ts'

test.for<[allowance: MachineAllowance, message: string]>([
  [{ count: 1 }, '1 machine in all: 1 machine used by older machines, 1 machine asked for.'],
  [{ cores: 5 }, '5 cores in all: 2 cores used by older machines, 4 cores asked for.'],
  [{ memory: '3Gi' }, '3Gi of memory in all: 2Gi of memory used by older machines, 1536Mi of memory asked for.'],
  [{ storage: '30Gi' }, '30Gi of disks in all: 20Gi of disks used by older machines, 20Gi of disks asked for.'],
])('beyond %o, the newer one waits', ([allowance, message]) => {
  const machines = [
    machine('new', 2, { cores: 4, memory: '1536Mi', disks: [{ name: 'scsi0', size: '20Gi' }] }),
    machine('old', 1, { cores: 2, memory: '2Gi', disks: [{ name: 'scsi0', size: '20Gi' }] }),
  ]
  expect(overAllowance(allowance, machines)).toEqual([
    { name: 'new', reason: 'AllowanceExceeded', message: `The plan allows ${message}` },
  ])
})

test('within the allowance nobody waits, nor where there is none', () => {
  const machines = [machine('a', 1), machine('b', 2)]
  expect(overAllowance({ count: 2, cores: 2, memory: '2Gi', storage: '0' }, machines)).toEqual([])
  expect(overAllowance({}, machines)).toEqual([])
  expect(overAllowance(undefined, machines)).toEqual([])
})

test('a plan that allows none lets none be made', () => {
  expect(overAllowance({ count: 0 }, [machine('a', 1)]).map(({ name }) => name)).toEqual(['a'])
})

test('a small machine fits behind a large one that does not', () => {
  const machines = [machine('a', 1, { cores: 2 }), machine('b', 2, { cores: 8 }), machine('c', 3, { cores: 2 })]
  expect(overAllowance({ cores: 4 }, machines).map(({ name }) => name)).toEqual(['b'])
})

test('of two that were made in one second, the first by name comes first', () => {
  expect(overAllowance({ count: 1 }, [machine('b', 1), machine('a', 1)]).map(({ name }) => name)).toEqual(['b'])
})

function machine(name: string, second: number, spec: object = {}): CountedMachine {
  const parsed = machineSpecSchema.parse({ template: { vmid: 9000 }, ...spec })
  return { name, creationTimestamp: `2026-11-21T10:00:0${second}Z`, spec: parsed }
}
