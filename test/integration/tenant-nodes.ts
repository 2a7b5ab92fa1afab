/**
 * What scheduler, kubelet, CloudNativePG and an ingress controller would write for a tenant, written by a test: where no
 * node is, they can be made to report any trouble.
 */
import { expect } from 'vitest'
import type { KindRef } from '../../src/kube/client.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { OperatorEnvironment } from './operator-environment.ts'
import { tenantManifest } from './tenant-manifest.ts'

type Fields = Record<string, unknown>

const POD = { apiVersion: 'v1', kind: 'Pod' }
const INGRESS = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }
const DATABASE = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' }
const TENANT = { apiVersion: API_VERSION, kind: 'Tenant' }

export interface BrokenTenant {
  readonly name: string
  readonly namespace: string
  readonly environment: OperatorEnvironment
  /** What runs well: everything but what is named. */
  serve(but?: { api?: boolean; web?: boolean; database?: boolean; ingress?: boolean }): Promise<void>
  /** Writes this status into the pods that the Deployment has. */
  reportPods(component: 'api' | 'web', status: Fields): Promise<void>
  reportDatabase(status: Fields): Promise<void>
  /** As CloudNativePG makes it for the instance db-1. */
  makeDatabasePod(status: Fields): Promise<void>
  makeClaim(spec?: Fields): Promise<void>
  reportEvent(about: { kind: string; name: string }, reason: string, message: string): Promise<void>
  /** `Reason: message` of Ready, looked at anew. */
  explanation(): Promise<string>
}

export const ready = { phase: 'Running', conditions: conditions({ PodScheduled: 'True', Ready: 'True' }) }
export const healthy = { phase: 'Cluster in healthy state', instances: 1, readyInstances: 1, currentPrimary: 'db-1' }

export function conditions(said: Record<string, string>): Fields[] {
  return Object.entries(said).map(([type, status]) => ({ type, status }))
}

/** A pod on a node, whose only container is in this state. */
export function inState(state: Fields, more: Fields = {}, name = 'api'): Fields {
  const container = { name, ready: false, restartCount: 0, image: 'i', imageID: '', state, ...more }
  return {
    phase: 'Pending',
    conditions: conditions({ PodScheduled: 'True', Ready: 'False' }),
    containerStatuses: [container],
  }
}

/** The kubelet waits longer and longer before it starts it once more. `ended`: how it has ended last. */
export function crashing(ended: { exitCode: number; reason: string; message?: string }): Fields {
  const message =
    'back-off 10s restarting failed container=api pod=api-7f-a_tenant(00000000-0000-0000-0000-000000000000)'
  return inState(waitingFor('CrashLoopBackOff', message), { restartCount: 1, lastState: { terminated: ended } })
}

export function waitingFor(reason: string, message?: string): Fields {
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } }
}

/** `why` is what the scheduler says of its nodes; it goes on with what it has tried. */
export function unscheduled(why: string): Fields {
  const nodes = /^0[/](\d+)/.exec(why)?.[1] ?? '1'
  const tried = `preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`
  const message = `${why} no new claims to deallocate, ${tried}`
  return {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  }
}

/** Applied, and installed unless it is broken before that. */
export async function startTenant(
  environment: OperatorEnvironment,
  name: string,
  { spec = {}, installed = true }: { spec?: Fields; installed?: boolean } = {},
): Promise<BrokenTenant> {
  await environment.apply(tenantManifest(name, spec))
  const tenant = brokenTenant(environment, name)
  if (installed) {
    await expect
      .poll(() => environment.get('clusters.postgresql.cnpg.io', 'db', tenant.namespace), { timeout: 60_000 })
      .toBeDefined()
  }
  return tenant
}

function brokenTenant(environment: OperatorEnvironment, name: string): BrokenTenant {
  const namespace = `tenant-${name}`
  const { kube } = environment
  const patchStatus = (ref: KindRef, object: string, status: Fields) =>
    kube.patch({ ...ref, namespace, name: object }, { status }, { subresource: 'status' })
  const podNames = async (component: string) => {
    const labelSelector = `app.kubernetes.io/component=${component}`
    return (await kube.list(POD, { namespace, labelSelector })).map(({ metadata }) => metadata.name)
  }
  const tenant: BrokenTenant = {
    name,
    namespace,
    environment,
    async serve({ api = true, web = true, database = true, ingress = true } = {}) {
      for (const component of [...(api ? ['api'] : []), ...(web ? ['web'] : [])] as ('api' | 'web')[]) {
        await tenant.reportPods(component, ready)
        await environment.apply(endpointSlice(namespace, name, component))
      }
      if (database) await tenant.reportDatabase(healthy)
      const address = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } }
      if (ingress) await patchStatus(INGRESS, 'app', address)
    },
    async reportPods(component, status) {
      await expect.poll(() => podNames(component), { timeout: 60_000 }).not.toEqual([])
      for (const pod of await podNames(component)) await patchStatus(POD, pod, status)
    },
    reportDatabase: async status => void (await patchStatus(DATABASE, 'db', status)),
    async makeDatabasePod(status) {
      await environment.apply(databasePod(namespace))
      await patchStatus(POD, 'db-1', status)
    },
    makeClaim: (spec = {}) => environment.apply(claim(namespace, spec)),
    reportEvent: ({ kind, name: about }, reason, message) =>
      environment.apply({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${about}.${reason.toLowerCase()}`, namespace },
        involvedObject: { apiVersion: 'v1', kind, name: about, namespace },
        reason,
        message,
        type: 'Warning',
        lastTimestamp: new Date().toISOString(),
      }),
    async explanation() {
      // An edit is looked at before the pauses of a tenant that waits are over.
      await kube.patch({ ...TENANT, name }, { metadata: { annotations: { looked: `${Date.now()}` } } })
      const found = await kube.get({ ...TENANT, name })
      const { conditions = [] } = (found?.status ?? {}) as {
        conditions?: { type: string; reason: string; message: string }[]
      }
      const told = conditions.find(({ type }) => type === 'Ready')
      return told === undefined ? '' : `${told.reason}: ${told.message}`
    },
  }
  return tenant
}

/** That it is told, and stays told when it is looked at again. */
export async function expectExplanation(tenant: BrokenTenant, expected: string): Promise<void> {
  await expect.poll(() => tenant.explanation(), { timeout: 60_000, interval: 300 }).toBe(expected)
}

function endpointSlice(namespace: string, tenant: string, service: string): Fields {
  const labels = { 'kubernetes.io/service-name': service, 'tenantry.dev/tenant': tenant }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-test`, namespace, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [{ addresses: ['192.0.2.20'], conditions: { ready: true } }],
  }
}

function databasePod(namespace: string): Fields {
  const securityContext = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db-1', namespace, labels: { 'cnpg.io/cluster': 'db' } },
    spec: { containers: [{ name: 'postgres', image: 'registry.example/postgresql:17.5', securityContext }] },
  }
}

function claim(namespace: string, spec: Fields): Fields {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'db-1', namespace, labels: { 'cnpg.io/cluster': 'db' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  }
}
