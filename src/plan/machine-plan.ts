/**
 * What a guest that is there still needs: its settings first, since what is off takes them at once; then its disks, then whether
 * it runs, and last what the token may not be allowed to do. One kind of thing a pass, for each changes what the next one has to
 * look at. Pure.
 */
import type { MachineSpec } from '../crds/machine.ts'
import {
  type ConfigChange,
  configChange,
  foundMemory,
  type GuestWish,
  hasCloudInitDrive,
  startOrderChange,
} from './machine-config.ts'
import { disksToGrow, missingDisks } from './machine-disk.ts'
import type { Guest, TaskFinding } from './machine-observation.ts'
import type { GuestRef } from './machine-step.ts'
import {
  blocked,
  doing,
  type MachineDecision,
  type MachineVerdict,
  READY,
  unready,
  waiting,
} from './machine-verdict.ts'
import type { SecretKey } from './proxmox-step.ts'
import type { ProxmoxProblem } from './proxmox-view.ts'

export interface MachineSituation {
  readonly ref: GuestRef
  readonly guest: Guest
  readonly task: TaskFinding
  /** It was looked at just now. What the token may not do is tried again only then. */
  readonly fresh: boolean
  readonly wish: GuestWish
  readonly keys?: SecretKey
  /** Why it may have no more than it has. */
  readonly over?: ProxmoxProblem
}

/** How long a guest has to shut down before it is switched off. */
export const SHUTDOWN_SECONDS = 60

export function planMachine(situation: MachineSituation): MachineDecision {
  const { ref, guest, task, wish, over } = situation
  const { spec } = wish
  const held = heldUp(guest, task)
  if (held !== undefined) return held
  const { digest } = guest
  const wanted = configChange(wish, guest)
  const change = over === undefined ? wanted : withoutGrowth(wanted, guest)
  if (change !== undefined) return configuring(change, situation)
  const growth = over === undefined ? disksToGrow(spec, guest) : []
  const [first] = growth
  if (first !== undefined) {
    const message = `Disk ${first.disk} is growing to ${first.sizeGiB} GiB.`
    return doing('Configuring', message, { do: 'proxmox.growDisk', ...ref, ...first, digest })
  }
  const power = powerDecision(situation)
  if (power !== undefined) return power
  const rest = lasting(spec, situation, change !== wanted)
  return startOrderDecision(situation, rest?.verdict) ?? rest ?? { steps: [], verdict: READY, end: 'done' }
}

function configuring(change: ConfigChange, { ref, guest, keys }: MachineSituation): MachineDecision {
  const { set, remove } = change
  const names = [...Object.keys(set), ...remove, ...(change.keys ? ['sshkeys'] : [])].sort()
  const withKeys = change.keys && keys !== undefined ? { keys } : {}
  const step = { do: 'proxmox.configureGuest', ...ref, set, remove, digest: guest.digest, ...withKeys } as const
  return { ...doing('Configuring', `Its settings are being changed: ${names.join(', ')}.`, step), end: 'again' }
}

/** A machine does well without its start order: where the token may not set it, what lasts is told, or else that it is ready. */
function startOrderDecision(situation: MachineSituation, lasts?: MachineVerdict): MachineDecision | undefined {
  const { guest, wish, fresh } = situation
  const change = guest.type === 'qemu' ? startOrderChange(wish, guest) : undefined
  if (change === undefined) return undefined
  const ifForbidden = lasts ?? START_ORDER_FORBIDDEN
  if (!fresh) return { steps: [], verdict: ifForbidden, end: 'done' }
  return { ...configuring(change, situation), ifForbidden }
}

const START_ORDER_FORBIDDEN: MachineVerdict = {
  state: 'ready',
  reason: 'StartOrderForbidden',
  message:
    'It is as the spec says, but for its start order: Proxmox VE lets only a token with Sys.Modify on / change that of a virtual machine.',
}

/** What has to end before anything is done to it; undefined where nothing has. */
export function heldUp({ vmid, type, lock, atWork = [] }: Guest, task: TaskFinding): MachineDecision | undefined {
  if (task.state === 'running') return waiting('Working', 'A task of Proxmox VE is at work on it.')
  if (task.state === 'failed')
    return blocked({ reason: 'TaskFailed', message: `Proxmox VE could not do it: ${task.why}.` })
  if (lock === undefined) return undefined
  const unlock = `${type === 'qemu' ? 'qm' : 'pct'} unlock ${vmid}`
  const why =
    atWork.length > 0
      ? `${[...new Set(atWork)].sort().join(', ')} is at work.`
      : `No task is at work on it: if nobody is, unlock it on its node with "${unlock}".`
  return waiting('Locked', `It is locked (${lock}). ${why}`)
}

function powerDecision({ ref, guest, wish }: MachineSituation): MachineDecision | undefined {
  const shouldRun = wish.spec.powerState === 'Running'
  if (shouldRun === guest.running) return undefined
  if (shouldRun) return doing('Starting', 'It is being started.', { do: 'proxmox.startGuest', ...ref })
  const step = { do: 'proxmox.stopGuest', ...ref, timeoutSeconds: SHUTDOWN_SECONDS } as const
  return doing('Stopping', 'It is being shut down.', step)
}

/** Nothing is left to do, and yet not all may be well. */
function lasting(
  spec: MachineSpec,
  { guest, over }: MachineSituation,
  isHeldDown: boolean,
): MachineDecision | undefined {
  const missing = missingDisks(spec, guest)
  if (missing.length > 0) {
    const message = `It has no disk ${missing.join(', ')}: only disks that its template has can grow.`
    return { steps: [], verdict: unready('DiskMissing', message), end: 'done' }
  }
  if (spec.cloudInit !== undefined && guest.type === 'qemu' && !hasCloudInitDrive(guest)) {
    const message =
      'It has no drive for cloud-init, so that its user, keys and address do not reach it: its template needs one.'
    return { steps: [], verdict: unready('CloudInitMissing', message), end: 'done' }
  }
  if (over !== undefined && (isHeldDown || disksToGrow(spec, guest).length > 0)) {
    return { steps: [], verdict: unready(over.reason, over.message), end: 'done' }
  }
  return undefined
}

/** A machine that is over the allowance of its tenant keeps what it has. */
function withoutGrowth(change: ConfigChange | undefined, { config }: Guest): ConfigChange | undefined {
  if (change === undefined) return undefined
  const { cores, memory, ...rest } = change.set
  const set = {
    ...rest,
    ...(cores === undefined || cores > Number(config.cores ?? 1) ? {} : { cores }),
    ...(memory === undefined || memory > foundMemory(config) ? {} : { memory }),
  }
  if (Object.keys(set).length === Object.keys(change.set).length) return change
  return Object.keys(set).length === 0 && change.remove.length === 0 && !change.keys ? undefined : { ...change, set }
}
