/** Carries out stages in order. Within a stage each step is tried; a stage with a failure stops the later ones. */
import type { Logger } from 'pino'
import { HelmError, isAborted } from '../helm/errors.ts'
import type { ObservedRelease } from '../helm/observe.ts'
import { causeOf, isFenced, isServerTrouble, KubeError } from '../kube/errors.ts'
import type { StepFailure } from '../plan/failure.ts'
import type { Stage, StageName, Step } from '../plan/step.ts'
import { isInterrupted, ProxmoxError } from '../proxmox/errors.ts'
import { reasonOf } from './proxmox-failure.ts'
import { ProxmoxUnusable } from './proxmox-unusable.ts'
import { refText, type StepResult, type Worlds } from './worlds.ts'

export interface StageRun {
  readonly failures: readonly StepFailure[]
  readonly waitingFor: readonly string[]
  /** Of the release, where it was brought on or repaired: the one that is deployed now. */
  readonly revision?: number
  /** Something that was to be made was there already: nobody knows whether it is as it was to be. */
  readonly metOthers?: boolean
}

interface StagePorts {
  readonly worlds: Pick<Worlds, 'applyStep'>
  readonly logger: Logger
  /** As the pass saw it before it planned these stages. */
  readonly release?: ObservedRelease
}

/** Throws what says nothing about the steps. */
export async function runStages({ worlds, logger, release }: StagePorts, stages: readonly Stage[]): Promise<StageRun> {
  const results: StepResult[] = []
  for (const stage of stages) {
    const failures: StepFailure[] = []
    for (const step of stage.steps) {
      try {
        results.push(await worlds.applyStep(step, release))
        logger.info({ decision: 'step', stage: stage.name, step: step.do }, stepText(step))
      } catch (error) {
        if (isBrokenOff(error)) throw error
        const failure = failureOf(stage.name, error)
        failures.push(failure)
        logger.warn(
          { decision: 'step-failed', stage: stage.name, step: step.do, reason: failure.reason, err: error },
          failure.message,
        )
      }
    }
    if (failures.length > 0) return { failures, ...summaryOf(results) }
  }
  return { failures: [], ...summaryOf(results) }
}

function summaryOf(results: readonly StepResult[]): Omit<StageRun, 'failures'> {
  const revision = results.findLast(result => result.revision !== undefined)?.revision
  return {
    waitingFor: results.flatMap(({ waitingFor }) => waitingFor),
    ...(revision === undefined ? {} : { revision }),
    ...(results.some(({ metOther }) => metOther) ? { metOthers: true } : {}),
  }
}

/** This process itself broke it off: its lease has lapsed, it stops, or nobody waits for the result. */
export function isBrokenOff(error: unknown): error is Error {
  return isFenced(error) || isInterrupted(error) || isAborted(error)
}

/** What the adapters say is fit for people; of anything else only its name is, for it may carry anything. */
export function failureOf(stage: StageName, error: unknown): StepFailure {
  if (error instanceof KubeError) {
    const passing = isServerTrouble(error) ? { passing: { atLeastMs: error.retryAfterMs ?? 0 } } : {}
    return { stage, reason: causeOf(error), message: error.message, ...passing }
  }
  if (error instanceof ProxmoxUnusable) return { stage, ...error.problem }
  if (error instanceof ProxmoxError) return { stage, reason: reasonOf(error.kind), message: error.message }
  if (error instanceof HelmError) return { stage, reason: error.reason, message: error.message }
  const name = error instanceof Error ? error.name : typeof error
  return { stage, reason: 'UnexpectedError', message: `An unexpected ${name} happened; the operator's log has it.` }
}

export function stepText(step: Step): string {
  switch (step.do) {
    case 'kube.apply':
      return `applied ${refText({ kind: step.object.kind, name: step.object.metadata.name })}`
    case 'kube.createSecret':
      return `made Secret ${step.secret.object.metadata.name}`
    case 'kube.delete':
      return `deleted ${refText(step.ref)}`
    case 'kube.setVolumePolicy':
      return `set the policy of volume ${step.volume} to ${step.policy}`
    case 'kube.copySecret':
      return `copied Secret ${step.from.name} to ${step.to.metadata.name}`
    case 'kube.abandonLease':
      return `wrote into NetworkLease ${step.lease} what is left behind`
    case 'kube.setFinalizer':
      return step.present ? 'added the finalizer' : 'removed the finalizer'
    case 'helm.upgrade':
      return `brought release ${step.release.name} to ${step.release.digest.slice(0, 12)}`
    case 'helm.repair':
      return `put back ${step.objects.map(refText).join(', ')}`
    case 'helm.uninstall':
      return `deleting release ${step.release}`
    case 'proxmox.createPool':
      return `made pool ${step.pool}`
    case 'proxmox.markPool':
      return `marked pool ${step.pool}`
    case 'proxmox.deletePool':
      return `deleted pool ${step.pool}`
    case 'proxmox.createUser':
      return `made user ${step.user}`
    case 'proxmox.deleteUser':
      return `deleted user ${step.user}`
    case 'proxmox.grant':
      return `gave ${step.user} the role ${step.role} on ${step.path}`
    case 'proxmox.revoke':
      return `took the role ${step.role} on ${step.path} from ${step.user}`
    case 'proxmox.cloneGuest':
    case 'proxmox.createContainer':
      return `making guest ${step.vmid}`
    case 'proxmox.configureGuest':
      return `changed settings of guest ${step.vmid}: ${Object.keys(step.set).sort().join(', ')}`
    case 'proxmox.markGuest':
      return `marked guest ${step.vmid}`
    case 'proxmox.growDisk':
      return `growing disk ${step.disk} of guest ${step.vmid} to ${step.sizeGiB} GiB`
    case 'proxmox.startGuest':
      return `starting guest ${step.vmid}`
    case 'proxmox.stopGuest':
      return `stopping guest ${step.vmid}`
    case 'proxmox.destroyGuest':
      return `destroying guest ${step.vmid}`
    case 'sdn.createVnet':
      return `made vnet ${step.vnet}`
    case 'sdn.createSubnet':
      return `made subnet ${step.id}`
    case 'sdn.updateSubnet':
      return `put back the gateway of subnet ${step.id}`
    case 'sdn.deleteSubnet':
      return `deleted subnet ${step.id}`
    case 'sdn.deleteVnet':
      return `deleted vnet ${step.vnet}`
    case 'sdn.apply':
      return 'applied the SDN'
    default:
      return step satisfies never
  }
}
