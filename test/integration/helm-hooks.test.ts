/** A chart with hooks on a real API server, with the real Job controller and the real helm binary. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRelease } from '../../src/helm/apply.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { ApplyOutcome } from '../../src/helm/revision.ts'
import { uninstallRelease } from '../../src/helm/uninstall.ts'
import { chartsDir, type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'
import { eventually } from './operator-environment.ts'
import { type PlayedKubelet, playKubelet } from './played-kubelet.ts'

let environment: HelmEnvironment
let kubelet: PlayedKubelet
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-hooks')
  kubelet = await playKubelet(environment.kubectl)
})
afterAll(async () => {
  kubelet?.stop()
  await environment?.stop()
})

const PASSWORD = 'planted-secret-4711'

async function apply(release: ReleaseIdentity, version: string): Promise<ApplyOutcome> {
  const values = { version, node: kubelet.node, password: PASSWORD }
  return applyRelease(environment.ports, await environment.desired(release, values, 'hooked'))
}

const waitingFor = (what: string) => ({ outcome: 'wait', waitingFor: [what] })
const helm = ({ namespace, name }: ReleaseIdentity, ...args: string[]) =>
  environment.helm([...args.map(arg => (arg === 'RELEASE' ? name : arg)), '-n', namespace])

async function versionIn({ namespace }: ReleaseIdentity): Promise<string> {
  return environment.kubectl(['get', 'configmap', 'app', '-n', namespace, '-o', 'jsonpath={.data.version}'])
}

async function jobsIn({ namespace }: ReleaseIdentity): Promise<string[]> {
  const found = await environment.kubectl(['get', 'jobs', '-n', namespace, '-o', 'name'])
  return found.split('\n').map(name => name.split('/')[1] ?? '')
}

/** Applies until nothing is waited for; each hook in turn is let succeed. */
async function converge(release: ReleaseIdentity, version: string, hooks: readonly string[]): Promise<void> {
  for (const hook of hooks) {
    await eventually(
      () => apply(release, version),
      outcome => outcome.outcome === 'wait' && outcome.waitingFor[0]?.includes(` ${hook} (`) === true,
    )
    if (hook === 'check') await kubelet.endPod(release.namespace, hook, 'Succeeded')
    else await kubelet.endJob(release.namespace, hook, 'Succeeded')
  }
  await eventually(
    () => apply(release, version),
    ({ outcome }) => outcome === 'done',
  )
}

async function installed(name: string): Promise<ReleaseIdentity> {
  const release = await environment.createTenant(name)
  await converge(release, '1', ['prepare', 'announce'])
  return release
}

test('an installation waits for its hooks before and after, and tells what it waits for', async () => {
  const release = await environment.createTenant('install')
  expect(await apply(release, '1')).toEqual(waitingFor('Job prepare (pre-install hook) to end'))
  expect(await helm(release, 'status', 'RELEASE')).toContain('STATUS: pending-install')
  const byHand = helm(release, 'upgrade', 'RELEASE', join(chartsDir, 'hooked'))
  await expect(byHand).rejects.toThrow('another operation (install/upgrade/rollback) is in progress')
  await expect(versionIn(release)).rejects.toThrow('not found')
  await kubelet.endJob(release.namespace, 'prepare', 'Succeeded')
  await eventually(
    () => apply(release, '1'),
    outcome => JSON.stringify(outcome).includes('announce (post-install hook)'),
  )
  expect(await versionIn(release)).toBe('1')
  await kubelet.endJob(release.namespace, 'announce', 'Succeeded')
  await eventually(
    () => apply(release, '1'),
    ({ outcome }) => outcome === 'done',
  )
  const status = await helm(release, 'status', 'RELEASE')
  expect(status).toContain('STATUS: deployed')
  expect(status).toContain('hooked 1 is there.')
  expect(await jobsIn(release)).toEqual(['prepare'])
})

test('an upgrade runs Jobs and Pods in their order while the old version stays, and a test is left to people', async () => {
  const release = await installed('upgrade')
  expect(await apply(release, '2')).toEqual(waitingFor('Job migrate (pre-upgrade hook) to end'))
  expect(await versionIn(release)).toBe('1')
  await converge(release, '2', ['migrate', 'check', 'announce'])
  expect(await versionIn(release)).toBe('2')
  expect(await jobsIn(release)).toEqual(['migrate', 'prepare'])
  expect(await helm(release, 'get', 'hooks', 'RELEASE')).toContain('name: smoke')
  const revision = JSON.parse(await helm(release, 'status', 'RELEASE', '-o', 'json')) as {
    hooks: { name: string; last_run: { phase: string } }[]
  }
  expect(Object.fromEntries(revision.hooks.map(({ name, last_run }) => [name, last_run.phase]))).toEqual({
    announce: 'Succeeded',
    backup: '',
    check: 'Succeeded',
    'hook-settings': 'Succeeded',
    migrate: 'Succeeded',
    prepare: '',
    rewind: '',
    smoke: '',
  })
})

test('a hook that fails is told with its last words and no secret, and the old version goes on', async () => {
  const release = await installed('failing')
  kubelet.logs.set('migrate', `connecting with ${PASSWORD}\nrelation "users" is locked\n`)
  await apply(release, '2')
  await kubelet.endJob(release.namespace, 'migrate', 'Failed')
  const failure = await eventually(
    () => apply(release, '2').catch((error: Error) => error),
    found => found instanceof Error,
  )
  expect(failure).toMatchObject({
    reason: 'HookFailed',
    message:
      'Release tenant-failing: pre-upgrade hook Job migrate failed: BackoffLimitExceeded: Job has reached the specified backoff limit; its last words: connecting with [value] | relation "users" is locked',
  })
  expect(await versionIn(release)).toBe('1')
  const history = JSON.parse(await helm(release, 'history', 'RELEASE', '-o', 'json')) as Record<string, unknown>[]
  expect(history.map(({ status }) => status)).toEqual(['deployed', 'failed'])
  expect(history[1]?.description).toBe((failure as Error).message)
  await expect(apply(release, '2')).rejects.toThrow(failure as Error)
  await apply(release, '3')
  await converge(release, '3', ['migrate', 'check', 'announce'])
  expect(await versionIn(release)).toBe('3')
})

test('a first installation that fails is repaired by an edit', async () => {
  const release = await environment.createTenant('repaired')
  await apply(release, '1')
  await kubelet.endJob(release.namespace, 'prepare', 'Failed')
  await eventually(
    () => apply(release, '1').catch((error: Error) => error.message),
    found => typeof found === 'string' && found.includes('pre-install hook Job prepare failed'),
  )
  await converge(release, '2', ['prepare', 'announce'])
  expect(await versionIn(release)).toBe('2')
  expect(await helm(release, 'status', 'RELEASE')).toContain('STATUS: deployed')
})

test('a hook that does not end is ended by its Job', async () => {
  const release = await installed('endless')
  const desired = await environment.desired(release, { version: '2', node: kubelet.node }, 'hooked')
  const impatient = { ...environment.ports, hookTimeoutMs: 1000 }
  await applyRelease(impatient, desired)
  await kubelet.endJob(release.namespace, 'migrate', 'Running')
  const failure = await eventually(
    () => applyRelease(impatient, desired).catch((error: Error) => error.message),
    found => typeof found === 'string',
  )
  expect(failure).toContain('pre-upgrade hook Job migrate failed: it has not ended within 1 s')
  // The pod, which no kubelet ends, keeps the Job from saying Failed.
  const reason = '{.status.conditions[?(@.type=="FailureTarget")].reason}'
  await eventually(
    () => environment.kubectl(['get', 'job', 'migrate', '-n', release.namespace, '-o', `jsonpath=${reason}`]),
    found => found === 'DeadlineExceeded',
  )
})

test('an edit waits for a hook that is at work, and takes one away that never began', async () => {
  const release = await installed('edited')
  await apply(release, '2')
  await kubelet.endJob(release.namespace, 'migrate', 'Running')
  const wait = waitingFor('Job migrate, a hook of revision 2, to end before the next one begins')
  await eventually(
    () => environment.kubectl(['get', 'job', 'migrate', '-n', release.namespace, '-o', 'jsonpath={.status.ready}']),
    ready => ready === '1',
  )
  expect(await apply(release, '3')).toEqual(wait)
  await kubelet.endJob(release.namespace, 'migrate', 'Succeeded')
  await converge(release, '3', ['migrate', 'check', 'announce'])
  await apply(release, '4')
  await apply(release, '5')
  await converge(release, '5', ['migrate', 'check', 'announce'])
  expect(await versionIn(release)).toBe('5')
})

test('people roll back and uninstall with helm, and its own hooks run', async () => {
  const release = await installed('by-hand')
  await converge(release, '2', ['migrate', 'check', 'announce'])
  const rollback = helm(release, 'rollback', 'RELEASE', '1')
  await kubelet.endJob(release.namespace, 'rewind', 'Succeeded')
  expect(await rollback).toContain('Rollback was a success')
  expect(await versionIn(release)).toBe('1')
  await converge(release, '2', ['migrate', 'check', 'announce'])
  expect(await versionIn(release)).toBe('2')
  const uninstall = helm(release, 'uninstall', 'RELEASE')
  await kubelet.endJob(release.namespace, 'backup', 'Succeeded')
  expect(await uninstall).toContain('uninstalled')
  await converge(release, '2', ['prepare', 'announce'])
  expect(await versionIn(release)).toBe('2')
})

test('a deletion waits for the hook before it, and takes nothing away until that is done', async () => {
  const release = await installed('deleted')
  const uninstall = () => uninstallRelease(environment.ports, release)
  expect((await uninstall()).hooks).toEqual(['Job backup (pre-delete hook) to end'])
  expect(await helm(release, 'status', 'RELEASE')).toContain('STATUS: uninstalling')
  expect(await versionIn(release)).toBe('1')
  await kubelet.endJob(release.namespace, 'backup', 'Succeeded')
  await eventually(uninstall, ({ remaining, hooks }) => remaining.length + hooks.length === 0)
  await expect(versionIn(release)).rejects.toThrow('not found')
  expect(await environment.helm(['list', '-n', release.namespace, '-o', 'json'])).toBe('[]')
})
