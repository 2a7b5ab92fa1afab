/** Looks at one guest closely: what is at work on it first, then the guest, so that what was made meanwhile is not missed. */
import type { Guest, GuestFinding, MachineObservation, MachineQuery, TaskFinding } from '../plan/machine-observation.ts'
import { keysDigest } from '../plan/ssh-keys.ts'
import type { Proxmox } from './client.ts'
import { isExisting, isForbidden, isMissing, isNodeUnreachable } from './errors.ts'
import { mustSpeakForAll } from './quorum.ts'
import { cluster } from './routes/cluster.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'
import { observeGuestTasks, observeTask } from './task.ts'

/** Throws a ProxmoxError where something cannot be said, such as when the node of the guest does not answer. */
export async function observeMachine(proxmox: Proxmox, query: MachineQuery): Promise<MachineObservation> {
  try {
    const task = await observeTaskOf(proxmox, query)
    return { task, finding: await observeGuest(proxmox, query) }
  } catch (error) {
    // What its node was about has ended with it. Configurations outlive their node, so that a free id says that there is none.
    if (query.made || !isNodeUnreachable(error) || !(await isFree(proxmox, query.vmid))) throw error
    return { task: NONE, finding: { found: 'absent' } }
  }
}

const MAKING = ['qmclone', 'vzcreate']

/** A task that nobody knows the id of, since the answer was lost, is found by what it works on. */
async function observeTaskOf(proxmox: Proxmox, query: MachineQuery): Promise<TaskFinding> {
  const { vmid, node, task, made, template } = query
  if (task !== undefined) {
    const state = await observeTask(proxmox, task)
    if (state.state === 'running') return { state: 'running' }
    if (state.state === 'failed') {
      const { refusal, line } = state
      const why = line === undefined ? refusal.why : `${refusal.why}: ${line}`
      return { state: 'failed', why, ...(refusal.kind === 'exists' ? { taken: true } : {}) }
    }
    if (state.state === 'done') return made ? NONE : MADE
  }
  if (made) return NONE
  const works = template ?? { vmid, nodes: [node] }
  const tasks = await Promise.all(works.nodes.map(node => observeGuestTasks(proxmox, { node, vmid: works.vmid })))
  const isMaking = tasks.flat().some(({ type, state }) => MAKING.includes(type) && state.state === 'running')
  if (isMaking) return { state: 'running' }
  return task === undefined ? NONE : FORGOTTEN
}

const NONE: TaskFinding = { state: 'none' }
const MADE: TaskFinding = { state: 'none', making: 'done' }
const FORGOTTEN: TaskFinding = { state: 'none', making: 'forgotten' }

export async function observeGuest(
  proxmox: Proxmox,
  guest: Pick<MachineQuery, 'vmid' | 'type' | 'node'>,
): Promise<GuestFinding> {
  try {
    return { found: 'guest', guest: await readGuest(proxmox, guest) }
  } catch (error) {
    if (!isMissing(error) && !isForbidden(error)) throw error
    if (await isFree(proxmox, guest.vmid)) return { found: 'absent' }
    return { found: isMissing(error) ? 'elsewhere' : 'hidden' }
  }
}

/** Whether nobody has this id: also of a guest that the token may not see. */
export async function isFree(proxmox: Proxmox, vmid: number): Promise<boolean> {
  try {
    await proxmox.call(cluster.getNextId, { vmid })
  } catch (error) {
    if (isExisting(error)) return false
    throw error
  }
  await mustSpeakForAll(proxmox, `tell whether there is a guest ${vmid}`)
  return true
}

async function readGuest(
  proxmox: Proxmox,
  { vmid, type, node }: Pick<MachineQuery, 'vmid' | 'type' | 'node'>,
): Promise<Guest> {
  const routes = type === 'qemu' ? qemu : lxc
  const at = { node, vmid }
  const { digest = '', sshkeys, ...config } = await proxmox.call(routes.getConfig, at)
  const { status, lock = config.lock } = await proxmox.call(routes.getStatus, at)
  const running = status === 'running'
  // What is off takes changes at once.
  const pending = running ? await proxmox.call(routes.listPending, at) : []
  return {
    vmid,
    type,
    node,
    config: { ...config, ...(sshkeys === undefined ? {} : { sshkeys: keysDigest(decoded(sshkeys)) }) },
    digest,
    pending: pending.flatMap(row => (row.pending === undefined && !row.delete ? [] : [row.key])).sort(),
    running,
    ...(lock === undefined ? {} : { lock, atWork: await observeWork(proxmox, at) }),
  }
}

/** Of what somebody else wrote as nobody can read it, the text itself, which no keys are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function observeWork(proxmox: Proxmox, at: { node: string; vmid: number }): Promise<string[]> {
  const tasks = await observeGuestTasks(proxmox, at)
  return tasks.filter(({ state }) => state.state === 'running').map(({ type }) => type)
}

/** Where the disks of a template are: no list of Proxmox VE has it. Undefined where it has none. */
export async function observeTemplateStorage(
  proxmox: Proxmox,
  { vmid, node }: { readonly vmid: number; readonly node: string },
): Promise<string | undefined> {
  const config = await proxmox.call(qemu.getConfig, { node, vmid })
  const disks = Object.entries(config)
    .filter(([key, value]) => /^(scsi|virtio|sata|ide)\d+$/.test(key) && !/media=cdrom|cloudinit|^none/.test(value))
    .sort()
  return disks.map(([, value]) => /^([^:,]+):/.exec(value)?.[1]).find(storage => storage !== undefined)
}
