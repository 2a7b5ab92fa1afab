import { expect, test } from 'vitest'
import { guestRef, guestWish, makeGuest, VMID } from '../../test/make/machine.ts'
import { progressOf } from './machine-making.ts'
import type { Guest, GuestFinding, TaskFinding } from './machine-observation.ts'
import { planMachine } from './machine-plan.ts'
import { planRemoval } from './machine-removal.ts'
import { factsOf, machineStatusOf } from './machine-status.ts'
import { markText } from './proxmox-mark.ts'

const NONE: TaskFinding = { state: 'none' }
const RUNNING: TaskFinding = { state: 'running' }
const FAILED: TaskFinding = { state: 'failed', why: 'no space left' }
const over = { reason: 'AllowanceExceeded', message: 'too many' }

function plan({
  spec = {},
  guest = {},
  task = NONE,
  fresh = true,
  ...given
}: {
  spec?: object
  guest?: Partial<Guest>
  task?: TaskFinding
  fresh?: boolean
  over?: typeof over
}) {
  const wish = guestWish(spec as Record<string, unknown>)
  const { steps, verdict, end } = planMachine({ ref: guestRef(), guest: makeGuest(guest), task, fresh, wish, ...given })
  return [steps.map(step => step.do), verdict.reason, end]
}

test.each([
  ['nothing', {}, [[], 'Converged', 'done']],
  [
    'settings before disks before power',
    { spec: { cores: 2, disks: [{ name: 'scsi0', size: '9Gi' }] }, guest: { running: false } },
    [['proxmox.configureGuest'], 'Configuring', 'again'],
  ],
  [
    'disks before power',
    { spec: { disks: [{ name: 'scsi0', size: '9Gi' }] }, guest: { running: false } },
    [['proxmox.growDisk'], 'Configuring', 'wait'],
  ],
  ['a start', { guest: { running: false } }, [['proxmox.startGuest'], 'Starting', 'wait']],
  [
    'a shutdown',
    { spec: { powerState: 'Stopped' }, guest: { config: { onboot: '0' } } },
    [['proxmox.stopGuest'], 'Stopping', 'wait'],
  ],
  ['nothing while a task is at work', { spec: { cores: 2 }, task: RUNNING }, [[], 'Working', 'wait']],
  ['nothing while somebody holds a lock', { spec: { cores: 2 }, guest: { lock: 'backup' } }, [[], 'Locked', 'wait']],
  ['a pause after a task that failed', { guest: { running: false }, task: FAILED }, [[], 'TaskFailed', 'backoff']],
  [
    'a word on a disk that is not there',
    { spec: { disks: [{ name: 'scsi3', size: '9Gi' }] } },
    [[], 'DiskMissing', 'done'],
  ],
  [
    'a word on a template without cloud-init',
    { spec: { cloudInit: { user: 'debian' } }, guest: { config: { ide2: 'none,media=cdrom', ciuser: 'debian' } } },
    [[], 'CloudInitMissing', 'done'],
  ],
  [
    'no more than the plan of its tenant allows',
    { spec: { cores: 2, memory: '2Gi', disks: [{ name: 'scsi0', size: '9Gi' }] }, over },
    [[], 'AllowanceExceeded', 'done'],
  ],
  [
    'no more memory, as version 9 writes it',
    { spec: { memory: '2Gi' }, guest: { config: { memory: 'current=1024' } }, over },
    [[], 'AllowanceExceeded', 'done'],
  ],
  [
    'less, though it is over the allowance',
    { spec: { cores: 1 }, guest: { config: { cores: '2' } }, over },
    [['proxmox.configureGuest'], 'Configuring', 'again'],
  ],
  ['its start order last', { spec: { startOrder: 3 } }, [['proxmox.configureGuest'], 'Configuring', 'again']],
  [
    'power before its start order',
    { spec: { startOrder: 3 }, guest: { running: false } },
    [['proxmox.startGuest'], 'Starting', 'wait'],
  ],
  [
    'no start order again that was refused, until it is looked at anew',
    { spec: { startOrder: 3 }, fresh: false },
    [[], 'StartOrderForbidden', 'done'],
  ],
  [
    'its start order though something else lasts',
    { spec: { startOrder: 3, disks: [{ name: 'scsi3', size: '9Gi' }] } },
    [['proxmox.configureGuest'], 'Configuring', 'again'],
  ],
  [
    'a word on what lasts rather than on its start order, until it is looked at anew',
    { spec: { startOrder: 3, disks: [{ name: 'scsi3', size: '9Gi' }] }, fresh: false },
    [[], 'DiskMissing', 'done'],
  ],
  ['nothing where it is over the allowance as it is', { over }, [[], 'Converged', 'done']],
] as const)('what a guest needs: %s', (_, given, expected) => {
  expect(plan(given as Parameters<typeof plan>[0])).toEqual(expected)
})

test('what lasts is told where its start order is refused, too', () => {
  const ifForbidden = (spec: Record<string, unknown>) =>
    planMachine({ ref: guestRef(), guest: makeGuest(), task: NONE, fresh: true, wish: guestWish(spec) }).ifForbidden
  const disks = [{ name: 'scsi3', size: '9Gi' }]
  expect(ifForbidden({ startOrder: 3, disks })).toMatchObject({ state: 'unready', reason: 'DiskMissing' })
  expect(ifForbidden({ startOrder: 3 })).toMatchObject({ state: 'ready', reason: 'StartOrderForbidden' })
})

test('of a guest that was just made, and that nobody may look at, the right is named that is missing', () => {
  const observed = { task: { state: 'none', making: 'done' }, finding: HIDDEN } as const
  const decision = planRemoval({ ref, observed, made: false, protection: false })
  expect(decision).toMatchObject({ verdict: { reason: 'NotOurs', message: expect.stringContaining('VM.Audit') } })
})

test('a lock with a task at work names it, and one without says how to take it away', () => {
  const messageOf = (guest: Partial<Guest>) =>
    planMachine({ ref: guestRef(), guest: makeGuest(guest), task: NONE, fresh: true, wish: guestWish() }).verdict
      .message
  expect(messageOf({ lock: 'backup', atWork: ['vzdump', 'vzdump'] })).toBe('It is locked (backup). vzdump is at work.')
  expect(messageOf({ lock: 'migrate', atWork: [] })).toContain(`"qm unlock ${VMID}"`)
})

const ref = guestRef()
const isGuest = (guest: Partial<Guest> = {}): GuestFinding => ({ found: 'guest', guest: makeGuest(guest) })
const marked = (change: object): GuestFinding =>
  isGuest({ config: { description: markText({ ...ref.mark, ...change }) } })
const FORMER = marked({ tenant: { name: 'acme', uid: 'old' } })
const FOREIGN = marked({ tenant: { name: 'other', uid: 'uid-other' } })
/** A person's copy takes the text along, and not the id. */
const COPY = marked({ machine: { name: 'web', vmid: VMID + 1 } })
const ABSENT: GuestFinding = { found: 'absent' }
const HIDDEN: GuestFinding = { found: 'hidden' }
const ELSEWHERE: GuestFinding = { found: 'elsewhere' }

test.each([
  ['its mark', NONE, isGuest(), 'there'],
  ['the mark of a former tenant', NONE, FORMER, 'former'],
  ['the mark of another tenant', NONE, FOREIGN, 'lost'],
  ['a copy of it under another id', NONE, COPY, 'lost'],
  ['nothing that may be seen, while a task is at work', RUNNING, HIDDEN, 'underWay'],
  ['nothing that may be seen, and no task', NONE, HIDDEN, 'lost'],
  ['nothing that may be seen, and a task that failed', FAILED, HIDDEN, 'lost'],
  ['a guest on another node', NONE, ELSEWHERE, 'moving'],
  ['nothing, while a task is at work', RUNNING, ABSENT, 'underWay'],
  ['nothing', NONE, ABSENT, 'absent'],
])('what a look at the id of a new machine means: %s', (_, task, finding, progress) => {
  expect(progressOf({ task, finding }, ref, { adopt: undefined }).progress).toBe(progress)
})

test('what has its id on another node may be the new machine itself, unless it is of the other kind', () => {
  const found = { task: NONE, finding: ELSEWHERE }
  const progress = (type: Guest['type']) => progressOf(found, ref, { adopt: undefined, row: { type } }).progress
  expect([progress('qemu'), progress('lxc')]).toEqual(['moving', 'lost'])
})

const removal = (
  given: Partial<Parameters<typeof planRemoval>[0]> & { task?: TaskFinding; finding?: GuestFinding },
) => {
  const { task = NONE, finding = isGuest(), made = true, protection = false, ...rest } = given
  const decision = planRemoval({ ref, observed: { task, finding }, made, protection, ...rest })
  return decision === 'gone' ? decision : [...decision.steps.map(step => step.do), decision.verdict.reason]
}

test.each([
  ['it runs', {}, ['proxmox.stopGuest', 'Stopping']],
  ['it is off', { finding: isGuest({ running: false }) }, ['proxmox.destroyGuest', 'Destroying']],
  ['it is gone', { finding: ABSENT }, 'gone'],
  ['it is gone, and a task is at work', { finding: ABSENT, task: RUNNING }, ['Working']],
  ['a task is at work', { task: RUNNING }, ['Working']],
  ['a task has failed', { task: FAILED }, ['TaskFailed']],
  ['it is locked', { finding: isGuest({ lock: 'backup' }) }, ['Locked']],
  ['it is protected', { protection: true }, ['Protected']],
  [
    'its protection was taken back',
    { finding: isGuest({ config: { protection: '1' } }) },
    ['proxmox.configureGuest', 'Destroying'],
  ],
  ['its mark is another one', { finding: FOREIGN }, ['NotOurs']],
  ['it is a copy', { finding: COPY }, ['NotOurs']],
  ['it cannot be seen', { finding: HIDDEN }, ['NotOurs']],
  ['it has moved', { finding: ELSEWHERE }, ['Moving']],
  ['it has moved before anybody saw it', { made: false, finding: ELSEWHERE }, ['Moving']],
  ['a container has its id', { finding: ELSEWHERE, row: { type: 'lxc' } }, ['NotOurs']],
  ['a container got its id first', { made: false, finding: ELSEWHERE, row: { type: 'lxc' } }, 'gone'],
  ['it is of a former tenant', { finding: FORMER }, ['OwnedByFormerSelf']],
  ['it is of a former tenant that this one is', { finding: FORMER, adopt: 'old' }, ['proxmox.markGuest', 'Destroying']],
  ['it was never made', { made: false, finding: ABSENT }, 'gone'],
  ['it is just being made', { made: false, finding: HIDDEN, task: RUNNING }, ['Working']],
  ['it was made and nobody has seen it', { made: false }, ['proxmox.stopGuest', 'Stopping']],
  ['somebody else was faster', { made: false, finding: FOREIGN }, 'gone'],
  ['somebody else was faster, whom nobody sees', { made: false, finding: HIDDEN }, 'gone'],
] as const)('how a machine goes when %s', (_, given, expected) => {
  expect(removal(given)).toEqual(expected)
})

test('the status says in the words of kstatus how far it is, and what waits for the next start', () => {
  const inputs = { generation: 2, before: undefined, now: '2026-01-01T00:00:00Z', deleting: false }
  const facts = factsOf({ vmid: VMID }, makeGuest({ pending: ['cores'] }))
  const status = machineStatusOf(facts, { state: 'ready', reason: 'Converged', message: 'fine' }, inputs)
  expect(status).toMatchObject({ observedGeneration: 2, made: true, powerState: 'Running', pendingReboot: ['cores'] })
  expect(status.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'Ready True',
    'Reconciling False',
    'Stalled False',
    'PendingReboot True',
  ])
  const going = machineStatusOf(
    facts,
    { state: 'unready', reason: 'Protected', message: 'no' },
    { ...inputs, deleting: true },
  )
  expect(going.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
    'Ready False Deleting',
    'Reconciling True Deleting',
    'Stalled False Deleting',
    'Deleting True Protected',
    'PendingReboot True SettingsPending',
  ])
})
