import { expect, test } from 'vitest'
import { type Asked, answeringProxmox, givenProxmox, type Said } from '../../test/make/answering-proxmox.ts'
import { observeGuestTasks, observeTask, parseUpid, taskStateOf } from './task.ts'

const UPID = 'UPID:pve2:00001267:00000A2F:691F0B60:qmclone:9000:operator@pve!k8s:'
const STATUS = `GET /nodes/pve2/tasks/${encodeURIComponent(UPID)}/status`
const LOG = STATUS.replace('/status', '/log')

async function given(answers: Readonly<Record<string, Said>>) {
  const answer = ({ call }: Asked): Said => answers[call] ?? { status: 501, reason: `Method '${call}' not implemented` }
  return givenProxmox([await answeringProxmox(answer)])
}

test('the id of a task tells where it runs, what it does and for whom', () => {
  expect(parseUpid(UPID)).toEqual({
    node: 'pve2',
    type: 'qmclone',
    id: '9000',
    user: 'operator@pve!k8s',
    startedAt: new Date('2025-11-20T12:36:48.000Z'),
  })
  expect(parseUpid('UPID:pve1')).toBeUndefined()
})

test('a task is running, done, or done with warnings', () => {
  expect(taskStateOf('running', undefined)).toEqual({ state: 'running' })
  expect(taskStateOf('stopped', 'OK')).toEqual({ state: 'done', warnings: 0 })
  expect(taskStateOf('stopped', 'WARNINGS: 2')).toEqual({ state: 'done', warnings: 2 })
})

test('a task that ended without saying how has failed', () => {
  expect(taskStateOf('stopped', undefined)).toEqual({
    state: 'failed',
    refusal: { kind: 'unknown', why: 'it ended without an exit status' },
  })
})

test('a clone that lost the race for its id failed because the id exists', async () => {
  const exitstatus = 'unable to create VM 401: config file already exists'
  const proxmox = await given({
    [STATUS]: { data: { status: 'stopped', exitstatus, type: 'qmclone', id: '9000' } },
    [LOG]: { data: [{ n: 1, t: `TASK ERROR: ${exitstatus}` }] },
  })
  expect(await observeTask(proxmox, UPID)).toEqual({ state: 'failed', refusal: { kind: 'exists', why: exitstatus } })
})

test('the line of the log that says why is told with the exit status', async () => {
  const proxmox = await given({
    [STATUS]: { data: { status: 'stopped', exitstatus: 'job errors' } },
    [LOG]: {
      data: [
        { n: 1, t: 'INFO: starting' },
        { n: 2, t: 'ERROR: could not activate storage' },
        { n: 3, t: 'INFO: ended' },
        { n: 4, t: 'TASK ERROR: job errors' },
      ],
    },
  })
  expect(await observeTask(proxmox, UPID)).toEqual({
    state: 'failed',
    refusal: { kind: 'unknown', why: 'job errors' },
    line: 'ERROR: could not activate storage',
  })
})

test('a task that is not known any more is forgotten, and one whose node is away is not', async () => {
  const reason = "Parameter verification failed: 'upid': no such task"
  expect(await observeTask(await given({ [STATUS]: { status: 500, reason } }), UPID)).toEqual({ state: 'forgotten' })
  const away = await given({ [STATUS]: { status: 595, reason: 'No route to host' } })
  await expect(observeTask(away, UPID)).rejects.toMatchObject({ kind: 'nodeUnreachable' })
})

test('after a crash, what is under way is found by the guest', async () => {
  const clone = { upid: UPID, type: 'qmclone', id: '201', starttime: 2 }
  const start = {
    upid: UPID.replace('qmclone', 'qmstart'),
    type: 'qmstart',
    status: 'VM is locked (clone)',
    endtime: 1,
  }
  const proxmox = await given({ 'GET /nodes/pve2/tasks': { data: [clone, start] } })
  expect(await observeGuestTasks(proxmox, { node: 'pve2', vmid: 201 })).toEqual([
    { upid: UPID, type: 'qmclone', state: { state: 'running' } },
    {
      upid: start.upid,
      type: 'qmstart',
      state: { state: 'failed', refusal: { kind: 'locked', why: 'VM is locked (clone)', lock: 'clone' } },
    },
  ])
})
