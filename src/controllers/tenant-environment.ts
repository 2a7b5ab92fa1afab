/** The Kubernetes half of a pass over a tenant: namespace and release. */
import type { Logger } from 'pino'
import type { Tenant } from '../crds/parse.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { type Blocker, namespaceBlocker } from '../plan/blocker.ts'
import type { StepFailure } from '../plan/failure.ts'
import { planFinalizer } from '../plan/finalizer.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TenantObservation } from '../plan/observation.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { retainedText } from '../plan/retained.ts'
import { type DesiredTenant, planTenant } from '../plan/tenant.ts'
import { attestedRelease, attestedSecrets, holds, isInDoubt, toldRevision } from './attested.ts'
import { countingSteps } from './counted-steps.ts'
import { type DriftPorts, withDrift } from './drift.ts'
import { hostOf } from './host-claim.ts'
import { observationFailure } from './observation-failure.ts'
import { type OwnWords, ownWordOf } from './own-words.ts'
import { possibleTenant } from './possible-tenant.ts'
import { unreadyObjects } from './readiness.ts'
import type { Settings } from './settings.ts'
import { runStages, type StageRun } from './stage-runner.ts'
import type { Worlds } from './worlds.ts'

export interface EnvironmentPorts extends Pick<DriftPorts, 'rewrites'> {
  readonly worlds: Worlds
  readonly settings: Settings
  /** Whether what is not watched may be taken from the status of a tenant that is Ready. */
  readonly mayRely: boolean
  /** What the pass before has brought about. */
  readonly words: OwnWords
  readonly logger: Logger
}

export interface EnvironmentRun {
  readonly end: 'run'
  readonly desired: DesiredTenant
  readonly observed: TenantObservation
  readonly run: StageRun
  /** How many stages had something to do. */
  readonly stages: number
}

/** What another object can heal is `blocked`. */
export type EnvironmentHalf =
  | EnvironmentRun
  | { readonly end: 'blocked'; readonly blocker: Blocker }
  | { readonly end: 'unobserved'; readonly failure: StepFailure }

/** Throws what passes by itself. */
export async function convergeEnvironment(
  ports: EnvironmentPorts,
  object: KubeObject,
  tenant: Tenant,
  identity: TenantIdentity,
): Promise<EnvironmentHalf> {
  const { worlds, settings, logger } = ports
  const host = hostOf(tenant, settings.baseDomain)
  const before = object.status as TenantStatus | undefined
  const inDoubt = isInDoubt(before)
  const mayRely = ports.mayRely && !inDoubt
  const word = inDoubt ? undefined : ports.words.take(object)
  try {
    const possible = await possibleTenant(ports, tenant, identity, host)
    if (possible.blocker !== undefined) return { end: 'blocked', blocker: possible.blocker }
    const { desired } = possible
    const target = { host, paths: desired.probePaths }
    const known = word?.secretKeys ?? (mayRely ? attestedSecrets(object, desired) : undefined)
    const found = await worlds.observeKube(identity, target, known)
    const foreign = namespaceBlocker(found.namespace, identity)
    if (foreign !== undefined) return { end: 'blocked', blocker: foreign }
    const deployed = word?.release ?? (mayRely ? toldRevision(object) : undefined)
    const attested = attestedRelease(deployed, recordOf(desired, worlds))
    const seen = attested === undefined ? await worlds.observeRelease(identity) : undefined
    const release = seen ?? attested ?? {}
    // The status speaks of what was there before this process did anything.
    const isKnownReady = word === undefined && attested !== undefined && holds(object, 'Ready')
    const unready = isKnownReady ? [] : await unreadyObjects(ports, desired, release)
    const observed = await withDrift({ ...ports, mayRely }, desired, { ...found, release, unready }, before)
    if (isNew(object)) announceRetained(ports, object, identity)
    const stages = [...planFinalizer(identity, object.metadata.finalizers ?? []), ...planTenant(desired, observed)]
    const putBack = observed.drift.due.map(({ ref }) => ref)
    const applyStep = countingSteps(ports, putBack)
    const run = await runStages(
      { worlds: { applyStep }, logger, ...(seen === undefined ? {} : { release: seen }) },
      stages,
    )
    const done = ownWordOf(desired, observed, stages, run)
    if (done !== undefined) ports.words.give(object, done)
    return { end: 'run', desired, observed, run, stages: stages.length }
  } catch (error) {
    // Steps that fail are told by their stages; what is thrown out of a pass was met while looking.
    return { end: 'unobserved', failure: observationFailure(error, logger) }
  }
}

function recordOf({ release: { name, namespace } }: DesiredTenant, { cache }: Pick<Worlds, 'cache'>) {
  return cache.releases.synced ? cache.releases.get(name, namespace) : undefined
}

function isNew({ metadata }: KubeObject): boolean {
  return !metadata.finalizers?.includes(names.FINALIZER)
}

function announceRetained(
  { worlds, settings, logger }: EnvironmentPorts,
  object: KubeObject,
  identity: TenantIdentity,
) {
  const message = retainedText(identity, worlds.observeRetained(identity), settings.operator.namespace)
  if (message === undefined) return
  logger.info({ decision: 'retained-data' }, message)
  worlds.recordEvent(object, { type: 'Normal', reason: 'RetainedData', message })
}
