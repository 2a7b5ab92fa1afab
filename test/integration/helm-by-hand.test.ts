/** People use the real helm on a release of ours, without force, and the next apply repairs what they did. */
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { applyRelease } from '../../src/helm/apply.ts'
import { ABANDONED_AFTER_MS } from '../../src/helm/approach.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { ApplyOutcome } from '../../src/helm/revision.ts'
import { uninstallRelease } from '../../src/helm/uninstall.ts'
import { releaseUser } from '../../src/plan/names.ts'
import { chartsDir, contentOf, type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'

let environment: HelmEnvironment
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-by-hand')
})
afterAll(() => environment.stop())

const shop = join(chartsDir, 'shop')
const values = { greeting: 'hello', replicas: 2 }

async function apply(release: ReleaseIdentity, given: Record<string, unknown> = values): Promise<ApplyOutcome> {
  return applyRelease(environment.ports, await environment.desired(release, given))
}

async function installed(name: string): Promise<ReleaseIdentity> {
  const release = await environment.createTenant(name)
  await apply(release)
  return release
}

const helm = ({ namespace }: ReleaseIdentity, ...args: string[]) => environment.helm([...args, '-n', namespace])

async function field(release: ReleaseIdentity, object: string, path: string): Promise<string> {
  return environment.kubectl(['get', object, '-n', release.namespace, '-o', `jsonpath={${path}}`])
}

async function history(release: ReleaseIdentity): Promise<(string | number)[][]> {
  const revisions = JSON.parse(await helm(release, 'history', release.name, '-o', 'json')) as {
    revision: number
    status: string
    description: string
  }[]
  return revisions.map(({ revision, status, description }) => [revision, status, description])
}

test('list, history, get and status read a release of ours', async () => {
  const release = await installed('read')
  await apply(release, { ...values, greeting: 'hi' })
  expect(JSON.parse(await helm(release, 'list', '-o', 'json'))).toMatchObject([
    { name: release.name, namespace: release.namespace, revision: '2', status: 'deployed', chart: 'shop-0.1.0' },
  ])
  expect(await history(release)).toEqual([
    [1, 'superseded', 'Install complete'],
    [2, 'deployed', 'Upgrade complete'],
  ])
  expect(JSON.parse(await helm(release, 'get', 'values', release.name, '-o', 'json'))).toEqual({
    ...values,
    greeting: 'hi',
  })
  expect(await helm(release, 'get', 'manifest', release.name)).toContain('greeting: "hi"')
  expect(await helm(release, 'get', 'manifest', release.name, '--revision=1')).toContain('greeting: "hello"')
  expect(JSON.parse(await helm(release, 'status', release.name, '-o', 'json'))).toMatchObject({
    info: { status: 'deployed' },
  })
})

test('an upgrade by hand works without force, and the next apply takes it back as a revision of its own', async () => {
  const release = await installed('upgraded')
  const before = await contentOf(environment, release)
  await helm(release, 'upgrade', release.name, shop, '--reuse-values', '--set=replicas=3,extra=more')
  expect(await field(release, 'deployment/web', '.spec.replicas')).toBe('3')
  expect(await apply(release)).toMatchObject({ outcome: 'done', revision: 3, pruned: [{ name: 'more' }] })
  expect(await field(release, 'deployment/web', '.spec.replicas')).toBe('2')
  expect((await history(release)).map(([, status]) => status)).toEqual(['superseded', 'superseded', 'deployed'])
  const comparable = (content: unknown[]) =>
    content.filter(one => !/"(a record|TenantRelease)"/.test(JSON.stringify(one)))
  expect(comparable(await contentOf(environment, release))).toEqual(comparable(before))
})

test('a claim that somebody has grown, with helm or without, stays so, and the rest is taken back', async () => {
  const release = await environment.createTenant('grown')
  await mayClaim(release)
  const small = { ...values, storage: '1Gi' }
  await apply(release, small)
  await bindClaim(release)
  await helm(release, 'upgrade', release.name, shop, '--reuse-values', '--set=replicas=3,storage=5Gi')
  const kept = (size: string, wanted: string) => [expect.stringMatching(`keeps its ${size} .* chart says ${wanted}:`)]
  expect(await apply(release, small)).toMatchObject({ outcome: 'done', revision: 3, grown: kept('5Gi', '1Gi') })
  const size = () => field(release, 'pvc/store', '.spec.resources.requests.storage')
  expect([await field(release, 'deployment/web', '.spec.replicas'), await size()]).toEqual(['2', '5Gi'])
  const larger = { spec: { resources: { requests: { storage: '7Gi' } } } }
  await environment.kubectl(['patch', 'pvc', 'store', '-n', release.namespace, '-p', JSON.stringify(larger)])
  const outcome = await apply(release, { ...small, storage: '6Gi' })
  expect(outcome).toMatchObject({ outcome: 'done', revision: 4, grown: kept('7Gi', '6Gi') })
  expect(await apply(release, { ...small, storage: '8Gi' })).toMatchObject({ revision: 5, grown: [] })
  expect(await size()).toBe('8Gi')
})

async function mayClaim({ namespace }: ReleaseIdentity): Promise<void> {
  const claims = ['--verb=get,list,create,patch,update,delete', '--resource=persistentvolumeclaims']
  await environment.kubectl(['create', 'role', 'claims', '-n', namespace, ...claims])
  const account = `--serviceaccount=${namespace}:tenantry-release`
  await environment.kubectl(['create', 'rolebinding', 'claims', '-n', namespace, '--role=claims', account])
  const may = ['auth', 'can-i', 'create', 'persistentvolumeclaims', '-n', namespace, `--as=${releaseUser(namespace)}`]
  await vi.waitFor(() => environment.kubectl(may), { timeout: 30_000, interval: 50 })
}

/** Only a claim with a volume may grow, and only where its class says so. */
async function bindClaim({ namespace }: ReleaseIdentity): Promise<void> {
  const storageClass = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'growing' } },
    ...{ provisioner: 'example.org/none', allowVolumeExpansion: true },
  }
  const volume = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'grown' } },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, storageClassName: 'growing' },
      ...{ claimRef: { namespace, name: 'store' }, hostPath: { path: '/nowhere' } },
    },
  }
  await environment.kubectl(['apply', '-f', '-'], [storageClass, volume].map(object => stringify(object)).join('---\n'))
  const bound = ['wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/store', '-n', namespace, '--timeout=60s']
  await environment.kubectl(bound)
}

test('a rollback by hand works, and so does the next apply', async () => {
  const release = await installed('rolled-back')
  await apply(release, { ...values, replicas: 4, extra: 'more' })
  await helm(release, 'rollback', release.name, '1')
  expect(await field(release, 'deployment/web', '.spec.replicas')).toBe('2')
  expect(await apply(release, { ...values, replicas: 4, extra: 'more' })).toMatchObject({ revision: 4 })
  expect(await field(release, 'deployment/web', '.spec.replicas')).toBe('4')
  expect(await field(release, 'configmap/more', '.data.extra')).toBe('yes')
  await helm(release, 'rollback', release.name)
  expect((await history(release)).at(-1)).toEqual([5, 'deployed', 'Rollback to 3'])
})

test.each([
  ['without a trace', [], 1],
  ['with its history kept', ['--keep-history'], 3],
] as const)('an uninstallation by hand, %s, works, and the next apply brings all back', async (_, flags, revision) => {
  const release = await installed(`uninstalled-${revision}`)
  await apply(release, { ...values, extra: 'more' })
  await helm(release, 'uninstall', release.name, ...flags)
  const left = ['get', 'configmaps,services,deployments', '-n', release.namespace, '-o', 'name']
  expect(await environment.kubectl(left)).toBe('configmap/kube-root-ca.crt')
  expect(await apply(release)).toMatchObject({ outcome: 'done', revision })
  expect(await field(release, 'service/web', '.metadata.name')).toBe('web')
  expect((await history(release)).at(-1)?.[1]).toBe('deployed')
})

test('helm test, and a failed upgrade by hand, leave a release that the next apply can bring on', async () => {
  const release = await installed('failed')
  await helm(release, 'test', release.name)
  expect(await apply(release)).toMatchObject({ revision: 1, applied: [] })
  const failing = helm(release, 'upgrade', release.name, shop, '--reuse-values', '--set=replicas=-1')
  await expect(failing).rejects.toThrow('UPGRADE FAILED')
  expect((await history(release)).map(([, status]) => status)).toEqual(['deployed', 'failed'])
  expect(await apply(release)).toMatchObject({ outcome: 'done', revision: 3 })
  expect((await history(release)).map(([, status]) => status)).toEqual(['superseded', 'failed', 'deployed'])
})

test('a helm that died in the middle is waited for, then its revision is marked as failed and the release goes on', async () => {
  const release = await installed('pending')
  const newest = `secret/sh.helm.release.v1.${release.name}.v2`
  await helm(release, 'upgrade', release.name, shop, '--reuse-values', '--set=replicas=3')
  await pretendPending(release, newest)
  expect(await apply(release)).toMatchObject({ outcome: 'wait' })
  const later = { ...environment.ports, now: () => Date.now() + ABANDONED_AFTER_MS }
  const desired = await environment.desired(release, values)
  expect(await applyRelease(later, desired)).toMatchObject({ outcome: 'wait' })
  expect(await applyRelease(later, desired)).toMatchObject({ outcome: 'done', revision: 3 })
  expect((await history(release)).map(([, status]) => status)).toEqual(['superseded', 'failed', 'deployed'])
})

/** Writes into a record what helm writes before it begins. */
async function pretendPending({ namespace }: ReleaseIdentity, secret: string): Promise<void> {
  const encoded = await environment.kubectl(['get', secret, '-n', namespace, '-o', 'jsonpath={.data.release}'])
  const inner = Buffer.from(encoded, 'base64').toString()
  const object = JSON.parse(gunzipSync(Buffer.from(inner, 'base64')).toString()) as { info: { status: string } }
  object.info.status = 'pending-upgrade'
  const data = Buffer.from(gzipSync(JSON.stringify(object)).toString('base64')).toString('base64')
  const patch = { metadata: { labels: { status: 'pending-upgrade' } }, data: { release: data } }
  await environment.kubectl(['patch', secret, '-n', namespace, '-p', JSON.stringify(patch)])
}

test('what an upgrade by hand added goes with the release', async () => {
  const release = await installed('added')
  await helm(release, 'upgrade', release.name, shop, '--reuse-values', '--set=extra=more')
  for (;;) if ((await uninstallRelease(environment.ports, release)).remaining.length === 0) break
  const left = ['get', 'configmaps,secrets,services,deployments,tenantreleases', '-n', release.namespace, '-o', 'name']
  expect(await environment.kubectl(left)).toBe('configmap/kube-root-ca.crt')
})
