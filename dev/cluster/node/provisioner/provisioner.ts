/** Makes and removes the folders behind the claims of class `hostpath`. Runs inside the node, whose folders they are. */

import { chmod, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createKube, type Kube } from '../../../../src/kube/client.ts'
import { createDiscovery } from '../../../../src/kube/discovery.ts'
import { isAlreadyExists } from '../../../../src/kube/errors.ts'
import { createInformer, type Informer } from '../../../../src/kube/informer.ts'
import { createTransport } from '../../../../src/kube/transport.ts'
import { refOf } from '../../../../src/plan/object.ts'
import { parseKubeconfig } from '../../control-plane/kubeconfig.ts'
import {
  type Claim,
  desiredVolume,
  planVolumes,
  type ReclaimPolicy,
  type Volume,
  type VolumeStep,
  volumeName,
} from './volume.ts'

export interface ProvisionerOptions {
  /** Of the node; volumes are folders in it. */
  folder: string
  node: string
  log: (line: string) => void
}

export interface ProvisionerWorld {
  kube: Kube
  claims: Informer
  volumes: Informer
}

const settleMs = 50
const retryMs = 2_000

/** The world as the API server of a kubeconfig shows it. */
export async function connectProvisioner(
  kubeconfigFile: string,
  log: (line: string) => void,
): Promise<ProvisionerWorld> {
  const { server, authority, certificate, key } = parseKubeconfig(await readFile(kubeconfigFile, 'utf8'))
  const identity = { headers: {}, tls: { ca: authority, cert: certificate, key } }
  const credentials = { current: async () => identity, refresh: () => false }
  const kubeconfigForExec = async () => kubeconfigFile
  const transport = createTransport({ connection: { server, credentials, kubeconfigForExec } })
  const discovery = createDiscovery({ transport })
  const onError = (error: unknown) => log(`watch: ${(error as Error).message}`)
  const watch = (kind: string) => createInformer({ transport, discovery, kind: { apiVersion: 'v1', kind }, onError })
  const kube = createKube({ transport, discovery })
  return { kube, claims: watch('PersistentVolumeClaim'), volumes: watch('PersistentVolume') }
}

/** Works until the process ends. What fails is logged and tried again. */
export function startProvisioner({ kube, claims, volumes }: ProvisionerWorld, options: ProvisionerOptions): void {
  const { log } = options
  const pass = async () => {
    if (!claims.synced || !volumes.synced) return
    for (const step of planVolumes(claims.list() as Claim[], volumes.list() as Volume[])) {
      try {
        await applyStep(kube, step, options)
        log(`${step.step} ${nameOf(step)}`)
      } catch (error) {
        log(`${step.step} ${nameOf(step)}: ${(error as Error).message}`)
        schedule(retryMs)
      }
    }
  }
  // One pass at a time, and one more after the last change.
  let last: Promise<void> = Promise.resolve()
  let scheduled = false
  const schedule = (afterMs: number) => {
    if (scheduled) return
    scheduled = true
    setTimeout(() => {
      scheduled = false
      last = last.then(pass)
    }, afterMs)
  }
  for (const informer of [claims, volumes]) {
    informer.onChange(() => schedule(settleMs))
    informer.start()
  }
}

function nameOf(step: VolumeStep): string {
  return step.step === 'create' ? volumeName(step.claim) : step.volume.metadata.name
}

/** Each may be done again: the copy that a plan is made from can be a little behind. */
export async function applyStep(
  kube: Kube,
  step: VolumeStep,
  { folder, node }: Pick<ProvisionerOptions, 'folder' | 'node'>,
): Promise<void> {
  switch (step.step) {
    case 'create': {
      const path = join(folder, volumeName(step.claim))
      await mkdir(path, { recursive: true })
      // For pods that run as any user; mkdir's mode would be cut by the umask.
      await chmod(path, 0o777)
      const reclaimPolicy = await reclaimPolicyOf(kube, step.claim)
      await kube.create(desiredVolume(step.claim, { path, node, reclaimPolicy })).catch(unlessExists)
      return
    }
    case 'enlarge': {
      const capacity = step.claim.spec.resources.requests
      await kube.patch(refOf(step.volume), { spec: { capacity } })
      await kube.patch(refOf(step.claim), { status: { capacity } }, { subresource: 'status' })
      return
    }
    case 'remove':
      await rm(join(folder, step.volume.metadata.name), { recursive: true, force: true })
      await kube.delete(refOf(step.volume))
      return
    default:
      step satisfies never
  }
}

async function reclaimPolicyOf(kube: Kube, { spec }: Claim): Promise<ReclaimPolicy> {
  const name = spec.storageClassName ?? ''
  const found = await kube.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name })
  if (found === undefined) throw new Error(`there is no storage class ${name}`)
  return (found.reclaimPolicy as ReclaimPolicy | undefined) ?? 'Delete'
}

function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}
