/**
 * Writes what controllers, kubelets and CloudNativePG would report of a tenant whose application runs, so that an operator
 * finds it converged. Between the phases, never within one.
 */
import type { Kube } from '../../src/kube/client.ts'
import { namespaceName, TENANT_LABEL } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' }
const INGRESS = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }
const DATABASE = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' }
const MANAGER = { manager: 'bench', subresource: 'status', force: true } as const

export async function reportRunning(kube: Kube, tenants: readonly string[]): Promise<void> {
  await mapAtMost(tenants, 16, async tenant => {
    const namespace = namespaceName(tenant)
    const [deployments, ingresses, databases] = await Promise.all(
      [DEPLOYMENT, INGRESS, DATABASE].map(kind => kube.list(kind, { namespace })),
    )
    for (const deployment of deployments ?? []) await reportDeployment(kube, tenant, deployment)
    for (const ingress of ingresses ?? []) await reportIngress(kube, ingress)
    for (const database of databases ?? []) await reportDatabase(kube, database)
  })
}

export async function reportDeployment(kube: Pick<Kube, 'apply'>, tenant: string, deployment: KubeObject) {
  await kube.apply(withStatus(deployment, rolledOut(deployment)), MANAGER)
  await kube.apply(endpointSlice(tenant, deployment.metadata.name), { manager: 'bench', force: true })
}

export async function reportIngress(kube: Pick<Kube, 'apply'>, ingress: KubeObject) {
  await kube.apply(withStatus(ingress, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }), MANAGER)
}

export async function reportDatabase(kube: Pick<Kube, 'apply'>, database: KubeObject) {
  const { instances = 1 } = database.spec as { instances?: number }
  const status = { phase: 'Cluster in healthy state', readyInstances: instances, currentPrimary: 'db-1' }
  await kube.apply(withStatus(database, status), MANAGER)
}

function withStatus({ apiVersion, kind, metadata }: KubeObject, status: Record<string, unknown>): KubeObject {
  const { name, namespace } = metadata
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status }
}

function rolledOut({ spec, metadata }: KubeObject): Record<string, unknown> {
  const { replicas = 1 } = spec as { replicas?: number }
  return {
    observedGeneration: metadata.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  }
}

function endpointSlice(tenant: string, service: string): KubeObject {
  const labels = { [TENANT_LABEL]: tenant, 'kubernetes.io/service-name': service }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: namespaceName(tenant), labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.2'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}
