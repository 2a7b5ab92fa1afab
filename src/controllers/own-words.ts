/**
 * What a pass has brought about and was answered for, told to the pass right after it, so that this one need not read all of it
 * again. Kept in memory alone: a process that has just started finds no word, and looks. docs/decisions/0020.
 */
import type { KubeObject } from '../plan/object.ts'
import type { TenantObservation } from '../plan/observation.ts'
import type { Stage } from '../plan/step.ts'
import type { DesiredTenant } from '../plan/tenant.ts'
import { type DeployedRevision, secretEntry } from './attested.ts'
import type { StageRun } from './stage-runner.ts'

export interface OwnWord {
  readonly release: DeployedRevision
  /** As they were found, and as they were made. */
  readonly secretKeys: TenantObservation['secretKeys']
}

export interface OwnWords {
  /** Counts once, and not for a tenant that was edited since. */
  take(tenant: KubeObject): OwnWord | undefined
  give(tenant: KubeObject, word: OwnWord): void
  forget(tenant: string): void
}

export function createOwnWords(): OwnWords {
  const given = new Map<string, { readonly about: KubeObject['metadata']; readonly word: OwnWord }>()
  return {
    take({ metadata: { name, uid, generation } }) {
      const said = given.get(name)
      given.delete(name)
      return said?.about.uid === uid && said?.about.generation === generation ? said?.word : undefined
    },
    give: ({ metadata }, word) => void given.set(metadata.name, { about: metadata, word }),
    forget: tenant => void given.delete(tenant),
  }
}

/** Undefined where not everything was carried out as planned, or nothing of the release was. */
export function ownWordOf(
  { release: { digest } }: DesiredTenant,
  { secretKeys }: TenantObservation,
  stages: readonly Stage[],
  { failures, waitingFor, revision, metOthers }: StageRun,
): OwnWord | undefined {
  if (failures.length > 0 || waitingFor.length > 0 || metOthers || revision === undefined) return undefined
  const steps = stages.flatMap(stage => stage.steps)
  const made = steps.flatMap(step => (step.do === 'kube.createSecret' ? [secretEntry(step.secret)] : []))
  return { release: { revision, digest }, secretKeys: new Map([...secretKeys, ...made]) }
}
