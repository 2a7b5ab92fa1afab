/** Installs what every node's cluster has from the start, and waits until it works. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { cloudNativePgManifest } from '../../binaries/cloudnative-pg-manifest.ts'
import type { Progress, WithLog } from '../../progress.ts'
import { byOperatorImage, byShortName, type ImageReferences, withImages } from './manifest.ts'
import { podTroubles } from './pod-trouble.ts'

export interface AddonOptions {
  kubectl: string
  kubeconfig: string
  images: ImageReferences
  /** Reference of the image of databases that name none. */
  databaseImage: string
  progress: Progress
  /** Where to look when a pod does not start. */
  kubeletLog: string
}

interface Deployment {
  title: string
  namespace: string
  name: string
}

const deployments: readonly Deployment[] = [
  { title: 'cluster DNS', namespace: 'kube-system', name: 'coredns' },
  { title: 'ingress controller', namespace: 'traefik', name: 'traefik' },
  { title: 'CloudNativePG', namespace: 'cnpg-system', name: 'cnpg-controller-manager' },
]
const files = ['coredns.yaml', 'traefik.yaml', 'storage.yaml']
const availableWithinS = 180
const webhookWithinMs = 60_000
const retryMs = 200

export async function installAddons(options: AddonOptions): Promise<void> {
  const { progress } = options
  await progress.step('install DNS, ingress, storage and CloudNativePG', async () => {
    await runKubectl(options, ['apply', '--server-side', '--force-conflicts', '-f', '-'], await manifest(options))
  })
  await Promise.all(
    deployments.map(deployment => progress.step(deployment.title, () => untilAvailable(options, deployment))),
  )
  await progress.step('webhooks of CloudNativePG', () => untilWebhooksAnswer(options))
}

async function manifest({ images, databaseImage, progress }: AddonOptions): Promise<string> {
  const own = await Promise.all(files.map(file => readFile(join(import.meta.dirname, file), 'utf8')))
  const cloudNativePg = await readFile(await cloudNativePgManifest(progress), 'utf8')
  return [
    withImages(own.join('\n---\n'), byShortName(images)),
    withImages(cloudNativePg, byOperatorImage(images['cloudnative-pg'] ?? '', databaseImage)),
  ].join('\n---\n')
}

async function untilAvailable(options: AddonOptions, { title, namespace, name }: Deployment): Promise<void> {
  const args = ['wait', '-n', namespace, '--for=condition=Available', `--timeout=${availableWithinS}s`]
  try {
    await runKubectl(options, [...args, `deployment/${name}`])
  } catch (error) {
    const pods = await runKubectl(options, ['get', 'pods', '-n', namespace, '-o', 'json'])
    const log = { file: options.kubeletLog, lines: podTroubles(pods) }
    const message = `${title} is not available after ${availableWithinS} s`
    throw Object.assign(new Error(message, { cause: error }), { log } satisfies WithLog)
  }
}

/** A database of a namespace of its own is refused or accepted only once the API server reaches the webhooks. */
async function untilWebhooksAnswer(options: AddonOptions): Promise<void> {
  const probe = {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'probe', namespace: 'default' },
    spec: { instances: 1, storage: { size: '1Gi' } },
  }
  const end = performance.now() + webhookWithinMs
  for (;;) {
    try {
      await runKubectl(options, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(probe))
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await delay(retryMs)
    }
  }
}

async function runKubectl(
  { kubectl, kubeconfig }: Pick<AddonOptions, 'kubectl' | 'kubeconfig'>,
  args: string[],
  input?: string,
): Promise<string> {
  const how = input === undefined ? { stdin: 'ignore' as const } : { input }
  const run = await execa(kubectl, ['--kubeconfig', kubeconfig, ...args], { ...how, reject: false })
  if (run.failed) throw new Error(`kubectl ${args[0]}: ${run.stderr.trim() || run.shortMessage}`)
  return run.stdout
}
