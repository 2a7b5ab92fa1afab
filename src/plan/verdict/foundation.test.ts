import { expect, test } from 'vitest'
import { convergedWorld, emptyWorld, makeDesired } from '../../../test/make/tenant.ts'
import type { StepFailure } from '../failure.ts'
import type { DeploymentObservation, PodProblem, TenantObservation } from '../observation.ts'
import { credentialsVerdict, namespaceVerdict, releaseVerdict, rolloutVerdict } from './foundation.ts'

const desired = makeDesired()
const world = convergedWorld(desired)
const forbidden: StepFailure = { stage: 'Access', reason: 'Forbidden', message: 'Cannot apply RoleBinding x: no.' }

function rollingOut(
  change: Partial<DeploymentObservation>,
  podProblems: readonly PodProblem[] = [],
): TenantObservation {
  const [deployment] = world.workloads.deployments
  if (deployment === undefined) throw new Error('a converged world has a deployment')
  const deployments = [{ ...deployment, rolledOut: false, ...change }]
  return { ...world, workloads: { ...world.workloads, deployments, podProblems } }
}

test('a namespace is ready with everything in it, and not before', () => {
  const lacking = { ...world, objects: new Map([...world.objects].slice(1)) }
  expect([namespaceVerdict(desired, world, []), namespaceVerdict(desired, lacking, [])]).toEqual([
    {
      type: 'NamespaceReady',
      status: 'True',
      reason: 'NamespaceReady',
      message: 'Namespace, quota, network policies and access are in place.',
    },
    {
      type: 'NamespaceReady',
      status: 'False',
      reason: 'NamespaceProgressing',
      message: 'Namespace tenant-acme is being set up.',
    },
  ])
})

test('a step that failed says why in the condition it belongs to, and in no other', () => {
  const failures = [forbidden]
  expect(namespaceVerdict(desired, world, failures)).toEqual({
    type: 'NamespaceReady',
    status: 'False',
    reason: 'Forbidden',
    message: 'Cannot apply RoleBinding x: no.',
  })
  expect(credentialsVerdict(desired, world, failures).status).toBe('True')
  expect(releaseVerdict(desired, world, failures, []).status).toBe('True')
})

test('a Secret that lost a key says which, and how to come out of it', () => {
  const incomplete = { ...world, secretKeys: new Map([...world.secretKeys, ['tenantry-jwt', ['other']]]) }
  expect(credentialsVerdict(desired, incomplete, [])).toEqual({
    type: 'CredentialsReady',
    status: 'False',
    reason: 'CredentialsIncomplete',
    message: 'Secret tenantry-jwt lacks the key "key". Put it back, or delete the Secret to get a new one.',
  })
})

test('a Secret that is not there yet is on its way', () => {
  expect(credentialsVerdict(desired, emptyWorld(), []).message).toBe('Secret tenantry-admin is not made yet.')
})

test('a release says whether it is installed, upgraded or waits, and for what', () => {
  const old = { ...world, release: { ...world.release, latest: { revision: 2, status: 'deployed' } } }
  const said = [
    releaseVerdict(desired, world, [], []),
    releaseVerdict(desired, emptyWorld(), [], []),
    releaseVerdict(desired, old, [], []),
    releaseVerdict(desired, old, [], ['Job b', 'Job a']),
    releaseVerdict(desired, { ...old, release: { latest: { revision: 3, status: 'pending-rollback' } } }, [], ['x']),
  ].map(({ reason, message }) => `${reason}: ${message}`)
  expect(said).toEqual([
    'Deployed: Release tenant-acme has chart tenant 0.1.0.',
    'Installing: Release tenant-acme is being installed.',
    'Upgrading: Release tenant-acme is being upgraded.',
    'Waiting: Release tenant-acme waits for Job a, Job b.',
    "HelmAtWork: Somebody's helm is at work on revision 3 of release tenant-acme (pending-rollback). When nothing was heard of it for five minutes, it is marked as failed and replaced.",
  ])
})

test('a rollout that a pod holds up names the log of that pod, not of one that still serves', () => {
  const problem = { owner: 'api', reason: 'CrashLoopBackOff', message: 'container worker: ended with code 1' }
  const observed = (of: Partial<PodProblem>) => rollingOut({ available: 1 }, [{ ...problem, ...of }])
  expect([
    rolloutVerdict(observed({ pods: 'rs/api-7f' })).pods,
    rolloutVerdict(observed({ pods: 'rs/api-7f', container: 'worker' })).pods,
    rolloutVerdict(observed({})).pods,
  ]).toEqual(['rs/api-7f', 'rs/api-7f -c worker', 'deploy/api'])
})

test('a rollout is held up by a pod, by a refused pod, or only by time', () => {
  const problem = { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: back-off' }
  const said = [
    rolloutVerdict(world),
    rolloutVerdict(rollingOut({}, [problem])),
    rolloutVerdict(rollingOut({ failure: 'exceeded quota: tenantry' })),
    rolloutVerdict(rollingOut({}, [{ ...problem, owner: 'web' }])),
    rolloutVerdict({ ...world, workloads: { ...world.workloads, deployments: [] } }),
  ].map(({ status, reason, message }) => `${status} ${reason}: ${message}`)
  expect(said).toEqual([
    'True RolledOut: Everything runs what was applied last.',
    'False CrashLoopBackOff: api: container api: back-off',
    'False QuotaExceeded: api: exceeded quota: tenantry',
    'False RollingOut: Deployment api is being rolled out.',
    'False RollingOut: Deployment api is being rolled out.',
  ])
})
