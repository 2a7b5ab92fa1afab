/**
 * Plays the controllers, kubelet and CloudNativePG of a cluster without nodes: what is asked for runs at once. Namespaces,
 * volumes' binding and the garbage collector are the real ones. Jobs are not: their controller takes two seconds for one
 * that does nothing, in which an operator on a scaled clock looks at it again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { reportDatabase, reportDeployment, reportIngress } from '../../bench/arena/stand-in.ts'
import type { Kube } from '../../src/kube/client.ts'
import type { Discovery } from '../../src/kube/discovery.ts'
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from '../../src/kube/errors.ts'
import { createInformer, type Informer } from '../../src/kube/informer.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { TENANT_LABEL } from '../../src/plan/names.ts'
import { type KubeObject, refOf } from '../../src/plan/object.ts'
import { databaseParts } from './played-database.ts'

/** What the controller manager leaves to this file. */
export const PLAYED = [
  'deployment-controller',
  'replicaset-controller',
  'endpointslice-controller',
  'endpoints-controller',
  'job-controller',
]
/** An operator that comes back meets some of the hooks under way. */
const JOB_MS = 250

export interface PlayedControllers {
  /** Of every Job that was ever seen: its name, and the run of a hook it stands for. By namespace. */
  readonly jobs: ReadonlyMap<string, readonly string[]>
  /** What could not be played; a test fails on it. */
  readonly failures: readonly unknown[]
  stop(): Promise<void>
}

interface Ports {
  readonly transport: Transport
  readonly discovery: Discovery
  readonly kube: Kube
}

const OWNED = { labelSelector: TENANT_LABEL }
const HOOK_RUN = 'tenantry.dev/hook-run'

export async function playControllers(ports: Ports): Promise<PlayedControllers> {
  const { kube } = ports
  const failures: unknown[] = []
  const jobs = new Map<string, string[]>()
  const informers: Informer[] = []
  const watch = (apiVersion: string, kind: string, options: object, play: (object: KubeObject) => Promise<void>) => {
    const informer = createInformer({ ...ports, kind: { apiVersion, kind }, ...options })
    const played = new Map<string, Promise<void>>()
    informers.push(informer)
    informer.onChange(({ type, object, previous }) => {
      const isReport = previous !== undefined && previous.metadata.generation === object.metadata.generation
      if (type === 'deleted' || (isReport && kind !== 'PersistentVolume')) return
      // One after the other, and as it is by then: what is reported last has to be true.
      const { name, namespace, uid = '' } = object.metadata
      const before = played.get(uid) ?? Promise.resolve()
      const now = before.then(() => play(informer.get(name, namespace) ?? object))
      played.set(
        uid,
        now.catch(error => {
          if (!isOver(error)) failures.push(error)
        }),
      )
    })
    informer.start()
  }
  const tenantOf = ({ metadata }: KubeObject) => metadata.labels?.[TENANT_LABEL] ?? ''

  watch('apps/v1', 'Deployment', OWNED, object => reportDeployment(kube, tenantOf(object), object))
  watch('networking.k8s.io/v1', 'Ingress', OWNED, object => reportIngress(kube, object))
  watch('postgresql.cnpg.io/v1', 'Cluster', OWNED, async object => {
    if (object.metadata.deletionTimestamp !== undefined) return
    for (const part of databaseParts(object)) await kube.create(part).catch(unlessThere)
    await reportDatabase(kube, object)
  })
  watch('batch/v1', 'Job', {}, async job => {
    const { metadata } = job
    const seen = jobs.get(metadata.namespace ?? '') ?? []
    const run = `${metadata.name} ${metadata.annotations?.[HOOK_RUN]} ${metadata.uid}`
    if (!seen.includes(run)) jobs.set(metadata.namespace ?? '', [...seen, run])
    if (metadata.deletionTimestamp !== undefined) return
    const startTime = new Date().toISOString()
    await sleep(JOB_MS)
    await kube.patch(refOf(job), { status: succeededSince(startTime) }, { subresource: 'status' })
  })
  watch('v1', 'PersistentVolume', {}, async volume => {
    const { persistentVolumeReclaimPolicy: policy } = volume.spec as { persistentVolumeReclaimPolicy?: string }
    const { phase } = (volume.status ?? {}) as { phase?: string }
    if (policy === 'Delete' && phase === 'Released') await kube.delete(refOf(volume))
  })
  await Promise.all(informers.map(informer => informer.whenSynced()))
  return {
    jobs,
    failures,
    async stop() {
      await Promise.all(informers.map(informer => informer.stop()))
    },
  }
}

function succeededSince(startTime: string) {
  const time = new Date().toISOString()
  const conditions = ['SuccessCriteriaMet', 'Complete'].map(type => ({
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
  }))
  return { startTime, completionTime: time, succeeded: 1, conditions }
}

/** Gone meanwhile, or written by somebody else: the next change is played again. */
function isOver(error: unknown): boolean {
  return isNotFound(error) || isConflict(error) || isForbidden(error)
}

function unlessThere(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}
