/** What a cluster of kind lacks: an ingress controller and CloudNativePG. Its nodes pull the published images. */

import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { versions } from '../../versions.ts'
import { binary } from '../binaries/binary.ts'
import { cloudNativePgManifest } from '../binaries/cloudnative-pg-manifest.ts'
import { byShortName, withImages } from '../node/addons/manifest.ts'
import type { Progress } from '../progress.ts'
import { nodePorts } from './kind-config.ts'

const traefikManifest = new URL('../node/addons/traefik.yaml', import.meta.url)

export async function installAddons(kubeconfig: string, progress: Progress): Promise<void> {
  const kubectl = await binary('kubectl', progress)
  const run = (args: string[], input?: string) =>
    execa(kubectl, ['--kubeconfig', kubeconfig, ...args], input === undefined ? {} : { input })
  const manifest = [await traefik(), nodePortService(), await readFile(await cloudNativePgManifest(progress), 'utf8')]
  await progress.step('install ingress and CloudNativePG', async () => {
    await run(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest.join('\n---\n'))
    const available = ['wait', '--for=condition=Available', '--timeout=5m']
    await run([...available, '-n', 'traefik', 'deployment/traefik'])
    await run([...available, '-n', 'cnpg-system', 'deployment/cnpg-controller-manager'])
  })
}

async function traefik(): Promise<string> {
  return withImages(await readFile(traefikManifest, 'utf8'), byShortName({ traefik: `traefik:${versions.traefik}` }))
}

/** Brings the ports of the node to the ingress controller, as the node provider's forwarding does. */
export function nodePortService(): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'node-ports', namespace: 'traefik' },
    spec: {
      type: 'NodePort',
      selector: { 'app.kubernetes.io/name': 'traefik' },
      ports: [
        { name: 'web', port: 80, targetPort: 'web', nodePort: nodePorts.http },
        { name: 'websecure', port: 443, targetPort: 'websecure', nodePort: nodePorts.https },
      ],
    },
  })
}
