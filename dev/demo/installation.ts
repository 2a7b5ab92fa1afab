/** Brings the operator into a cluster: its image, and `kubectl apply -k` of deploy/ with what the demo's cluster needs. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { stringify } from 'yaml'
import { KINDS } from '../../src/crds/kind.ts'
import { type BuiltImage, buildImage } from '../cluster/images/build.ts'
import type { Progress } from '../cluster/progress.ts'
import type { Cluster } from '../cluster/provider.ts'
import { providerOf } from '../cluster/providers.ts'
import { baseDomain } from './ingress-certificate.ts'
import type { Kubectl } from './kubectl.ts'

const repository = resolve(import.meta.dirname, '../..')
export const operatorNamespace = 'tenantry-system'
export const operatorDeployment = 'tenantry-operator'

/** Where Available's probe asks for a tenant's host from within the cluster. */
export const probeAddress = 'http://traefik.traefik.svc:80'
const availableWithinS = 120

export interface DemoImages {
  operator: BuiltImage
  app: BuiltImage
}

export async function buildDemoImages(progress: Progress): Promise<DemoImages> {
  const operator = await progress.step('image of the operator', () => buildImage('operator', progress))
  const app = await progress.step('image of the example application', () => buildImage('app', progress))
  return { operator, app }
}

/** Sends what the cluster has not been sent before. */
export async function loadDemoImages(cluster: Cluster, stateDir: string, images: DemoImages): Promise<void> {
  const record = join(stateDir, 'demo-images.json')
  const loaded = JSON.parse(await readFile(record, 'utf8').catch(() => '{}')) as Record<string, string>
  for (const [name, { digest, archive }] of Object.entries(images)) {
    if (loaded[name] === digest) continue
    await providerOf(cluster).loadImage?.(cluster, archive)
    loaded[name] = digest
    await writeFile(record, JSON.stringify(loaded))
  }
}

/** Resolves when the operator is at work. A new image under the same name makes a new pod. */
export async function installOperator(kubectl: Kubectl, stateDir: string, { operator }: DemoImages): Promise<void> {
  const overlay = join(stateDir, 'deploy')
  await mkdir(overlay, { recursive: true })
  const base = relative(overlay, join(repository, 'deploy'))
  await writeFile(join(overlay, 'kustomization.yaml'), kustomization(base, operator))
  await kubectl.run(['apply', '-k', overlay])
  const kinds = KINDS.map(({ plural }) => `crd/${plural}.tenantry.dev`)
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=30s', ...kinds])
  const rollout = ['rollout', 'status', '-n', operatorNamespace, `deployment/${operatorDeployment}`]
  await kubectl.run([...rollout, `--timeout=${availableWithinS}s`])
}

export function kustomization(base: string, { digest, references }: Pick<BuiltImage, 'digest' | 'references'>): string {
  const [reference = ''] = references
  const colon = reference.lastIndexOf(':')
  const settings = { TENANTRY_PROBE_ADDRESS: probeAddress, TENANTRY_BASE_DOMAIN: baseDomain }
  const literals = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const template = { metadata: { annotations: { 'tenantry.dev/image-digest': digest } } }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: operatorDeployment, namespace: operatorNamespace },
    spec: { template },
  }
  return stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [base],
    images: [{ name: reference.slice(0, colon), newTag: reference.slice(colon + 1) }],
    configMapGenerator: [{ name: 'tenantry-config', namespace: operatorNamespace, behavior: 'merge', literals }],
    patches: [{ patch: stringify(deployment) }],
  })
}
