/** What charts ask of Helm beside templates: subcharts, the cluster's abilities, what is there already, and notes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRelease } from '../../src/helm/apply.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'

let environment: HelmEnvironment
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-chart')
})
afterAll(() => environment?.stop())

async function apply(release: ReleaseIdentity, values: Record<string, unknown> = {}): Promise<void> {
  const desired = await environment.desired(release, { global: { shared: 'all' }, ...values }, 'umbrella')
  expect(await applyRelease(environment.ports, desired)).toMatchObject({ outcome: 'done' })
}

/** Data of the ConfigMaps of a release, by name. */
async function configOf({ namespace }: ReleaseIdentity): Promise<Record<string, unknown>> {
  const printed = await environment.kubectl([
    ...['get', 'configmaps', '-n', namespace, '-l', 'app.kubernetes.io/managed-by=Helm', '-o', 'json'],
  ])
  const { items } = JSON.parse(printed) as { items: KubeObject[] }
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data]))
}

test('subcharts come and go by condition, tag and alias, with values of their own and of all', async () => {
  const release = await environment.createTenant('umbrella')
  await apply(release)
  expect(Object.keys(await configOf(release))).toEqual(['findings'])
  await apply(release, { cache: { enabled: true, size: 2 }, tags: { background: true }, jobs: { size: 3 } })
  expect(await configOf(release)).toMatchObject({
    cache: { size: '2', shared: 'all' },
    jobs: { size: '3', shared: 'all' },
  })
  await apply(release, { tags: { background: true } })
  expect(Object.keys(await configOf(release))).toEqual(['findings', 'jobs'])
})

test('a chart sees the abilities of this very cluster', async () => {
  const release = await environment.createTenant('able')
  await apply(release)
  const version = JSON.parse(await environment.kubectl(['version', '-o', 'json'])) as {
    serverVersion: { gitVersion: string }
  }
  expect((await configOf(release)).findings).toMatchObject({
    kubernetes: version.serverVersion.gitVersion,
    hasDeployments: 'true',
    hasNonsense: 'false',
    hasTenants: 'true',
  })
})

test('lookup finds what is in the namespace of the release', async () => {
  const release = await environment.createTenant('looking')
  await environment.kubectl([
    ...['create', 'configmap', 'made-before', '-n', release.namespace, '--from-literal=color=green'],
  ])
  await apply(release)
  expect((await configOf(release)).findings).toMatchObject({ madeBefore: 'green', isInstall: 'true', revision: '1' })
  await apply(release, { more: 'x' })
  expect((await configOf(release)).findings).toMatchObject({ madeBefore: 'green', isInstall: 'false', revision: '2' })
})

test('notes are in the record', async () => {
  const release = await environment.createTenant('noted')
  await apply(release)
  const notes = await environment.helm(['get', 'notes', release.name, '-n', release.namespace])
  expect(notes).toContain('Revision 1 of tenant-noted.')
})
