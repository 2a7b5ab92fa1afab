/** Namespace, credentials and release: is what the operator makes itself there? Pure. */
import { isFalse, isTrue, type Verdict } from '../condition-set.ts'
import type { StepFailure } from '../failure.ts'
import { foreignRevision } from '../helm-status.ts'
import type { TenantObservation } from '../observation.ts'
import { refusalReason } from '../refusal.ts'
import type { StageName } from '../step.ts'
import { type DesiredTenant, isCurrent, namespaceIsCurrent, releaseIsCurrent } from '../tenant.ts'
import { isWorkload, logOf, podsOf } from '../workload.ts'

export function namespaceVerdict(
  desired: DesiredTenant,
  observed: TenantObservation,
  failures: readonly StepFailure[],
): Verdict {
  const failure = failureIn(failures, ['Finalizer', 'Namespace', 'Access', 'Policies'])
  if (failure) return isFalse('NamespaceReady', failure.reason, failure.message)
  const lacking = [...desired.access, ...desired.policies].filter(object => !isCurrent(object, observed))
  if (!namespaceIsCurrent(desired, observed) || lacking.length > 0) {
    return isFalse(
      'NamespaceReady',
      'NamespaceProgressing',
      `Namespace ${desired.namespace.metadata.name} is being set up.`,
    )
  }
  return isTrue('NamespaceReady', 'NamespaceReady', 'Namespace, quota, network policies and access are in place.')
}

export function credentialsVerdict(
  desired: DesiredTenant,
  observed: TenantObservation,
  failures: readonly StepFailure[],
): Verdict {
  const failure = failureIn(failures, ['Credentials'])
  if (failure) return isFalse('CredentialsReady', failure.reason, failure.message)
  for (const { object, plain, randomBytes } of desired.secrets) {
    const { name } = object.metadata
    const keys = observed.secretKeys.get(name)
    if (keys === undefined)
      return isFalse('CredentialsReady', 'CredentialsProgressing', `Secret ${name} is not made yet.`)
    const missing = [...Object.keys(plain), ...Object.keys(randomBytes)].find(key => !keys.includes(key))
    if (missing !== undefined) {
      return isFalse(
        'CredentialsReady',
        'CredentialsIncomplete',
        `Secret ${name} lacks the key "${missing}". Put it back, or delete the Secret to get a new one.`,
      )
    }
  }
  return isTrue('CredentialsReady', 'CredentialsReady', 'The credentials are in their Secrets.')
}

export function releaseVerdict(
  desired: DesiredTenant,
  observed: TenantObservation,
  failures: readonly StepFailure[],
  waitingFor: readonly string[],
): Verdict {
  const { name, chart } = desired.release
  const failure = failureIn(failures, ['Release'])
  if (failure) return isFalse('ReleaseReady', failure.reason, failure.message)
  if (releaseIsCurrent(desired, observed)) {
    return isTrue('ReleaseReady', 'Deployed', `Release ${name} has chart ${chart.name} ${chart.version}.`)
  }
  const foreign = foreignRevision(observed.release)
  if (foreign !== undefined) {
    return isFalse(
      'ReleaseReady',
      'HelmAtWork',
      `Somebody's helm is at work on revision ${foreign.revision} of release ${name} (${foreign.status}). When nothing was heard of it for five minutes, it is marked as failed and replaced.`,
    )
  }
  if (waitingFor.length > 0) {
    return isFalse('ReleaseReady', 'Waiting', `Release ${name} waits for ${[...waitingFor].sort().join(', ')}.`)
  }
  return observed.release.record === undefined
    ? isFalse('ReleaseReady', 'Installing', `Release ${name} is being installed.`)
    : isFalse('ReleaseReady', 'Upgrading', `Release ${name} is being upgraded.`)
}

/** Every Deployment and StatefulSet of the release runs what was applied last, and nothing older. Stands under `Ready` alone. */
export function rolloutVerdict({ workloads, release }: TenantObservation): Verdict {
  const applied = release.record?.inventory.filter(isWorkload) ?? []
  for (const { kind, name, digest } of applied) {
    const deployment = workloads.deployments.find(found => found.name === name && (found.kind ?? 'Deployment') === kind)
    if (deployment?.rolledOut && deployment.appliedDigest === digest) continue
    const problem = workloads.podProblems.find(({ owner }) => owner === name)
    if (problem) {
      const log = logOf(problem.pods ?? podsOf(deployment ?? { name }), problem)
      return isFalse('Ready', problem.reason, `${name}: ${problem.message}`, log)
    }
    if (deployment?.failure) {
      return isFalse('Ready', refusalReason(deployment.failure, 'PodsRefused'), `${name}: ${deployment.failure}`)
    }
    return isFalse('Ready', 'RollingOut', `${kind} ${name} is being rolled out.`)
  }
  return isTrue('Ready', 'RolledOut', 'Everything runs what was applied last.')
}

function failureIn(failures: readonly StepFailure[], stages: readonly StageName[]): StepFailure | undefined {
  return failures.find(failure => stages.includes(failure.stage))
}
