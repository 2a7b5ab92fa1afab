/** Installing, upgrading, pruning and taking away a release on a real API server with the real helm binary. */
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRelease } from '../../src/helm/apply.ts'
import { observeRelease } from '../../src/helm/observe.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { ReleaseKube } from '../../src/helm/port.ts'
import { uninstallRelease } from '../../src/helm/uninstall.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type HelmEnvironment, type KubeCall, observedKube, startHelmEnvironment } from './helm-environment.ts'

let environment: HelmEnvironment
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-release')
})
afterAll(() => environment.stop())

const PASSWORD = 'planted-secret-4711'

/** Applies, and answers with the writes it took. */
async function countedApply(
  release: ReleaseIdentity,
  values: Record<string, unknown>,
  chart?: string,
  renderer = environment.renderer,
) {
  const calls: KubeCall[] = []
  const kube = observedKube(environment.ports.kube, (call, moment) => {
    if (moment === 'before') calls.push(call)
  })
  const outcome = await applyRelease(
    { ...environment.ports, renderer, kube },
    await environment.desired(release, values, chart),
  )
  const writes = calls.filter(({ verb }) => verb !== 'get' && verb !== 'list')
  return { outcome, calls: calls.length, writes: writes.map(({ verb, what }) => `${verb} ${what}`) }
}

async function get(release: ReleaseIdentity, kind: string, name: string): Promise<KubeObject> {
  return JSON.parse(
    await environment.kubectl(['get', kind, name, '-n', release.namespace, '-o', 'json', '--show-managed-fields']),
  )
}

async function namesIn(release: ReleaseIdentity, kind: string): Promise<string[]> {
  const found = await environment.kubectl(['get', kind, '-n', release.namespace, '-o', 'name'])
  return found.split('\n').map(name => name.split('/')[1] ?? '')
}

test('an installation writes each object once, in install order, between its own record and Helm’s', async () => {
  const release = await environment.createTenant('installed')
  const { outcome, writes } = await countedApply(release, { password: PASSWORD })
  expect(outcome).toMatchObject({ outcome: 'done', revision: 1 })
  expect(writes).toEqual([
    'create TenantRelease tenant-installed',
    'apply Secret shop',
    'apply ConfigMap settings',
    'apply Service web',
    'apply Deployment web',
    'patch TenantRelease tenant-installed',
    'create Secret sh.helm.release.v1.tenant-installed.v1',
  ])
  const { metadata } = await get(release, 'deployment', 'web')
  expect(metadata.labels).toMatchObject({
    'app.kubernetes.io/managed-by': 'Helm',
    'tenantry.dev/tenant': 'installed',
    'tenantry.dev/tenant-uid': release.tenant.uid,
  })
  const { managedFields } = metadata as unknown as { managedFields: { manager: string; operation: string }[] }
  expect(managedFields.filter(({ operation }) => operation === 'Apply').map(({ manager }) => manager)).toEqual(['helm'])
})

test('a release as desired costs two reads', async () => {
  const release = await environment.createTenant('idle')
  await countedApply(release, {})
  expect(await countedApply(release, {})).toMatchObject({ calls: 2, writes: [] })
})

test('an upgrade writes only the object that changed, and prunes the one that is gone', async () => {
  const release = await environment.createTenant('upgraded')
  await countedApply(release, { extra: 'more' })
  expect((await countedApply(release, { extra: 'more', replicas: 2 })).writes).toEqual([
    'patch TenantRelease tenant-upgraded',
    'apply Deployment web',
    'create Secret sh.helm.release.v1.tenant-upgraded.v2',
    'patch Secret sh.helm.release.v1.tenant-upgraded.v1',
  ])
  const pruned = await countedApply(release, { replicas: 2 })
  expect(pruned.writes.filter(write => /^(apply|delete)/.test(write))).toEqual(['delete ConfigMap more'])
  expect(await namesIn(release, 'configmaps')).toEqual(['kube-root-ca.crt', 'settings'])
})

test('an object with the policy to be kept stays when the chart drops it', async () => {
  const release = await environment.createTenant('keeping')
  await countedApply(release, { extra: 'more', keepExtra: true })
  await countedApply(release, {})
  expect(await namesIn(release, 'configmaps')).toContain('more')
})

test.each([
  [
    'an object for another namespace',
    'shop',
    { extra: 'more', extraNamespace: 'default' },
    'OutsideNamespace',
    'ConfigMap (v1) default/more',
  ],
  ['no such chart', 'none', {}, 'ChartNotFound', 'none'],
])('%s is refused by name, and nothing is written', async (what, chart, values, reason, name) => {
  const release = await environment.createTenant(`refused-${reason.toLowerCase()}`)
  const refused = countedApply(release, values, chart)
  await expect(refused).rejects.toThrow(expect.objectContaining({ reason, message: expect.stringContaining(name) }))
  expect(await namesIn(release, 'secrets,tenantreleases'), what).toEqual([''])
})

test('an object of somebody else is not taken over, neither by an installation nor by an upgrade', async () => {
  const release = await environment.createTenant('crowded')
  const create = (name: string) =>
    environment.kubectl(['create', 'configmap', name, '-n', release.namespace, '--from-literal=whose=theirs'])
  const refusal = expect.objectContaining({ reason: 'OwnedByAnother' })
  await create('settings')
  await expect(countedApply(release, {})).rejects.toThrow(refusal)
  await environment.kubectl(['delete', 'configmap', 'settings', '-n', release.namespace])
  await countedApply(release, {})
  await create('more')
  await expect(countedApply(release, { extra: 'more' })).rejects.toThrow(refusal)
  expect((await get(release, 'configmap', 'more')).data).toEqual({ whose: 'theirs' })
})

test('an object that somebody makes between the look and the apply is not taken over', async () => {
  const release = await environment.createTenant('overtaken')
  const literal = '--from-literal=whose=theirs'
  const create = (name: string) => environment.kubectl(['create', 'configmap', name, '-n', release.namespace, literal])
  const desired = await environment.desired(release, { extra: 'more' })
  const { kube } = environment.ports
  const overtaking = (name: string): ReleaseKube => ({
    ...kube,
    as: user => ({
      ...kube.as(user),
      async apply(object, options) {
        if (object.metadata.name === name) await create(name)
        return kube.as(user).apply(object, options)
      },
    }),
  })
  for (const name of ['settings', 'more']) {
    for (const client of [overtaking(name), kube]) {
      const refused = applyRelease({ ...environment.ports, kube: client }, desired)
      await expect(refused).rejects.toThrow(expect.objectContaining({ reason: 'OwnedByAnother' }))
    }
    expect((await get(release, 'configmap', name)).data).toEqual({ whose: 'theirs' })
    await environment.kubectl(['delete', 'configmap', name, '-n', release.namespace])
  }
  await expect(applyRelease(environment.ports, desired)).resolves.toMatchObject({ outcome: 'done', revision: 1 })
})

test('a chart that looks into other namespaces finds nothing there', async () => {
  const release = await environment.createTenant('nosy')
  await environment.kubectl([
    'create',
    'secret',
    'generic',
    'crown-jewels',
    '-n',
    'kube-system',
    `--from-literal=k=${PASSWORD}`,
  ])
  for (const namespace of ['kube-system', '']) {
    const failure = await countedApply(release, { namespace }, 'nosy').catch((error: Error) => error)
    expect(failure).toMatchObject({ reason: 'RenderFailed', message: expect.stringContaining('is forbidden') })
  }
})

test('values that do not fit are refused without being quoted', async () => {
  const release = await environment.createTenant('quoting')
  const failure = await countedApply(release, { replicas: PASSWORD }).catch((error: Error) => error)
  expect(failure).toMatchObject({ message: expect.not.stringContaining(PASSWORD) })
  expect(JSON.stringify(failure)).not.toContain(PASSWORD)
})

test('a secret value is on no command line and in no environment of what renders, and in no record but Helm’s', async () => {
  const release = await environment.createTenant('secretive')
  const seen: string[] = []
  let running = true
  const watching = (async () => {
    while (running) seen.push(...(await renderingProcesses(release.name)))
  })()
  const helm = environment.helmWith({})
  for (const greeting of ['one', 'two', 'three']) {
    await countedApply(release, { greeting, password: PASSWORD })
    await countedApply(release, { greeting: `${greeting} more`, password: PASSWORD }, 'shop', helm)
  }
  running = false
  await watching
  for (const program of ['tenantry-renderer', '--dry-run=server']) expect(seen.join('\n')).toContain(program)
  expect(seen.join('\n')).not.toContain(PASSWORD)
  const objects = await environment.kubectl([
    'get',
    'configmaps,tenantreleases,events',
    '-n',
    release.namespace,
    '-o',
    'json',
  ])
  const { data } = await get(release, 'secret', 'shop')
  expect(data).toEqual({ password: Buffer.from(PASSWORD).toString('base64') })
  for (const form of [PASSWORD, Buffer.from(PASSWORD).toString('base64')]) expect(objects).not.toContain(form)
  expect(JSON.stringify(await observeRelease(environment.ports.kube, release))).not.toContain(PASSWORD)
})

/** Command line and environment of each helm at work on a release, and of each renderer. */
async function renderingProcesses(name: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry))
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const lines = await Promise.all(pids.map(async pid => [pid, await read(pid, 'cmdline')] as const))
  const rendering = lines.filter(
    ([, line]) => line.includes('tenantry-renderer') || (line.includes('--dry-run=server') && line.includes(name)),
  )
  return Promise.all(rendering.map(async ([pid, line]) => `${line} ${await read(pid, 'environ')}`))
}

test('an uninstallation takes everything of the release, wave by wave, and nothing else', async () => {
  const release = await environment.createTenant('leaving')
  await countedApply(release, { extra: 'more' })
  await environment.kubectl(['create', 'configmap', 'theirs', '-n', release.namespace])
  const waves: string[][] = []
  for (;;) {
    const { remaining } = await uninstallRelease(environment.ports, release)
    if (remaining.length === 0) break
    const wave = remaining.map(({ kind, name }) => `${kind} ${name}`)
    if (waves.at(-1)?.join() !== wave.join()) waves.push(wave)
  }
  expect(waves[0]).toEqual(['Service web', 'Deployment web'])
  expect(waves.at(-1)).toEqual(['ConfigMap more', 'ConfigMap settings', 'Secret shop'])
  expect(await namesIn(release, 'configmaps')).toEqual(['kube-root-ca.crt', 'theirs'])
  expect(await namesIn(release, 'secrets,services,deployments,replicasets,tenantreleases')).toEqual([''])
})
