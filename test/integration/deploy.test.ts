/** deploy/ as people use it: applied as it is, applied again, and with an overlay of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { stateRoot } from '../../dev/cluster/state.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type Installation, startInstallation } from './installation.ts'
import { eventually } from './operator-environment.ts'

let installation: Installation
let overlay: string
beforeAll(async () => {
  installation = await startInstallation('deploy')
  overlay = await mkdtemp(join(stateRoot, 'deploy-overlay-'))
})
afterAll(async () => {
  await installation?.stop()
  await rm(overlay, { recursive: true, force: true })
})

const kubectl = (...args: string[]) => installation.kubectl.run(args)

test('the pod of the operator is admitted where Pod Security is restricted', async () => {
  const pods = await eventually(
    () => installation.kubectl.json<{ items: KubeObject[] }>(['get', 'pods', '-n', 'tenantry-system']),
    ({ items }) => items.length > 0,
  )
  expect(pods.items).toMatchObject([{ spec: { serviceAccountName: 'tenantry-operator' } }])
})

test('applying it again would change nothing', async () => {
  // kubectl diff fails where something differs.
  expect(await installation.refusal(['diff', '-k', 'deploy'])).toBe('')
})

test('an overlay sets settings and image, and new settings make new pods', async () => {
  const settings = ['TENANTRY_BASE_DOMAIN=example.com']
  await writeFile(
    join(overlay, 'kustomization.yaml'),
    stringify({
      resources: [relative(overlay, resolve('deploy'))],
      images: [{ name: 'tenantry.local/tenantry', newName: 'registry.example.com/tenantry', newTag: '0.1.1' }],
      configMapGenerator: [
        { name: 'tenantry-config', namespace: 'tenantry-system', behavior: 'merge', literals: settings },
      ],
    }),
  )
  const [plain, changed] = [await built('deploy'), await built(overlay)]
  expect(changed.config.data).toEqual({ ...plain.config.data, TENANTRY_BASE_DOMAIN: 'example.com' })
  expect(changed.config.metadata.name).not.toBe(plain.config.metadata.name)
  expect(changed.container).toMatchObject({
    image: 'registry.example.com/tenantry:0.1.1',
    envFrom: [{ configMapRef: { name: changed.config.metadata.name } }],
  })
  expect(plain.container.image).toBe('tenantry.local/tenantry:0.1.0')
})

async function built(folder: string) {
  const objects = parseAllDocuments(await kubectl('kustomize', folder)).map(document => document.toJS() as KubeObject)
  const of = (kind: string) => objects.find(object => object.kind === kind) as KubeObject & Record<string, unknown>
  const { template } = of('Deployment').spec as { template: { spec: { containers: Record<string, unknown>[] } } }
  return {
    config: of('ConfigMap') as KubeObject & { data: Record<string, string> },
    container: template.spec.containers[0] as Record<string, unknown>,
  }
}
