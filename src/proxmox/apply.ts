/** Carries out the steps that concern Proxmox VE. Whose a thing is, is asked again at the moment of changing it. */

import type { Mark } from '../plan/proxmox-mark.ts'
import { markText, ownershipOf } from '../plan/proxmox-mark.ts'
import type { PoolStep, ProxmoxStep, SecretKey } from '../plan/proxmox-step.ts'
import { isSdnStep } from '../plan/sdn-step.ts'
import type { Step } from '../plan/step.ts'
import { applySdnStep } from './apply-sdn.ts'
import type { Proxmox } from './client.ts'
import { isExisting, isMissing, ProxmoxError } from './errors.ts'
import { applyMachineStep, isMachineStep } from './machine-apply.ts'
import { access, pool } from './routes/access.ts'

export interface ProxmoxPorts {
  readonly proxmox: Proxmox
  /** Throws where there is none. */
  readonly readSecret: (key: SecretKey) => Promise<string>
}

export function isProxmoxStep(step: Step): step is ProxmoxStep {
  return step.do.startsWith('proxmox.') || isSdnStep(step)
}

/** What the step has still to bring about, in words, and the task that is to do so. */
export interface ProxmoxStepResult {
  readonly waitingFor: readonly string[]
  readonly task?: string
}

/** Throws a ProxmoxError. */
export async function applyProxmoxStep(ports: ProxmoxPorts, step: ProxmoxStep): Promise<ProxmoxStepResult> {
  if (isSdnStep(step)) return { waitingFor: await applySdnStep(ports.proxmox, step) }
  if (!isMachineStep(step)) return { waitingFor: await applyPoolStep(ports, step) }
  const task = await applyMachineStep(ports, step)
  return { waitingFor: [], ...(task === undefined ? {} : { task }) }
}

async function applyPoolStep({ proxmox, readSecret }: ProxmoxPorts, step: PoolStep): Promise<readonly string[]> {
  switch (step.do) {
    case 'proxmox.createPool':
      await unlessExists(proxmox.call(pool.create, { poolid: step.pool, comment: markText(step.mark) }))
      return []
    case 'proxmox.markPool': {
      const { comment = '' } = await proxmox.call(pool.get, { poolid: step.pool })
      if (comment !== step.seen) throw foreign(`mark pool ${step.pool}`)
      await proxmox.call(pool.change, { poolid: step.pool, comment: markText(step.mark) })
      return []
    }
    case 'proxmox.deletePool':
      await unlessMissing(deletePool(proxmox, step.pool, step.mark))
      return []
    case 'proxmox.createUser': {
      const { user: userid, group, mark } = step
      const password = await readSecret(step.password)
      try {
        await proxmox.call(access.createUser, { userid, groups: [group], comment: markText(mark), password })
      } catch (error) {
        if (!isExisting(error)) throw error
        // Users of other groups are not to be seen, so that no look would ever tell whose this one is.
        const { comment } = (await userOf(proxmox, userid)) ?? {}
        if (ownershipOf(comment, mark) !== 'own') throw error
      }
      return []
    }
    case 'proxmox.deleteUser':
      await unlessMissing(deleteUser(proxmox, step.user, step.mark))
      return []
    case 'proxmox.grant':
    case 'proxmox.revoke':
      await unlessMissing(changeRight(proxmox, step))
      return []
    default:
      return step satisfies never
  }
}

async function deletePool(proxmox: Proxmox, poolid: string, mark: Mark): Promise<void> {
  const { comment } = await proxmox.call(pool.get, { poolid })
  if (ownershipOf(comment, mark) !== 'own') throw foreign(`delete pool ${poolid}`)
  await proxmox.call(pool.remove, { poolid })
}

async function deleteUser(proxmox: Proxmox, userid: string, mark: Mark): Promise<void> {
  const found = await userOf(proxmox, userid)
  if (found === undefined) return
  if (ownershipOf(found.comment, mark) !== 'own') throw foreign(`delete user ${userid}`)
  await proxmox.call(access.deleteUser, { userid })
}

/** On the pool of the tenant, and of a user of its own: what is gone has no rights, and the next look tells of it. */
async function changeRight(
  proxmox: Proxmox,
  { do: verb, path, role, user, mark }: Extract<PoolStep, { do: 'proxmox.grant' | 'proxmox.revoke' }>,
): Promise<void> {
  const { comment } = await proxmox.call(pool.get, { poolid: path.replace(/^\/pool\//, '') })
  if (ownershipOf(comment, mark) !== 'own') throw foreign(`change rights on ${path}`)
  const found = await userOf(proxmox, user)
  if (found === undefined) return
  if (ownershipOf(found.comment, mark) !== 'own') throw foreign(`change rights of user ${user}`)
  const right = { path, roles: [role], users: [user] }
  await proxmox.call(access.putAcl, verb === 'proxmox.revoke' ? { ...right, delete: true } : right)
}

async function userOf(proxmox: Proxmox, userid: string) {
  return (await proxmox.call(access.listUsers, {})).find(user => user.userid === userid)
}

/** Somebody was faster: whose it is, the next look tells. */
async function unlessExists(making: Promise<unknown>): Promise<void> {
  try {
    await making
  } catch (error) {
    if (!isExisting(error)) throw error
  }
}

async function unlessMissing(removing: Promise<unknown>): Promise<void> {
  try {
    await removing
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

function foreign(what: string): ProxmoxError {
  const why = 'it does not carry the mark of this tenant any more, so that it is left alone'
  return new ProxmoxError({ kind: 'conflict', what, why, status: 0 })
}
