/**
 * The NetworkPolicies of a tenant: everything is closed, then exactly what the environment needs is opened. Of a chart that
 * was not made for tenants nobody knows which pod talks to which: its pods talk to each other, and to nobody outside.
 */
import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import type { KubeObject } from './object.ts'
import type { TenantIdentity } from './release.ts'

/** Where the neighbours of a tenant live in this cluster. */
export interface Neighbours {
  /** Namespace of the ingress controller. */
  readonly ingressNamespace: string
  /** Namespace of the CloudNativePG operator. */
  readonly databaseOperatorNamespace: string
  /** Namespace of Prometheus. */
  readonly monitoringNamespace: string
  /** Addresses of the API server as pods reach it after the service address is translated. */
  readonly apiServer: readonly { readonly ip: string; readonly port: number }[]
}

const DATABASE_PORTS = [5432, 8000]
const APP_PORT = 8080
const METRICS_PORT = 9187

/** Whose pods they are: those of charts/tenant, or of a chart of which nothing is known. */
export type ChartOrigin = 'own' | 'foreign'

/** Policies that only one of the two has. */
export const CHART_POLICIES: readonly string[] = ['tenantry-api-to-database', 'tenantry-within']

const apiPods = { matchLabels: { 'app.kubernetes.io/component': 'api' } }
const appPods = {
  matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['api', 'web'] }],
}
/** Instances and jobs alike: CloudNativePG labels both. */
const databasePods = { matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'Exists' }] }
const otherPods = { matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'DoesNotExist' }] }

export function desiredNetworkPolicies(
  tenant: TenantIdentity,
  neighbours: Neighbours,
  origin: ChartOrigin,
): KubeObject[] {
  const isOwn = origin === 'own'
  const policy = (name: string, spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `tenantry-${name}`,
      namespace: names.namespaceName(tenant.name),
      labels: ownershipLabels(tenant),
    },
    spec,
  })
  return [
    policy('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('dns', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ namespaceSelector: inNamespace('kube-system'), podSelector: dnsPods }], ports: dnsPorts }],
    }),
    policy('ingress-controller', {
      podSelector: isOwn ? appPods : otherPods,
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ namespaceSelector: inNamespace(neighbours.ingressNamespace) }],
          ...(isOwn ? { ports: tcp(APP_PORT) } : {}),
        },
      ],
    }),
    isOwn
      ? policy('api-to-database', {
          podSelector: apiPods,
          policyTypes: ['Egress'],
          egress: [{ to: [{ podSelector: databasePods }], ports: tcp(5432) }],
        })
      : policy('within', {
          podSelector: {},
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ from: [{ podSelector: {} }] }],
          egress: [{ to: [{ podSelector: {} }] }],
        }),
    policy('database', {
      podSelector: databasePods,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        ...(isOwn ? [{ from: [{ podSelector: apiPods }], ports: tcp(5432) }] : []),
        { from: [{ podSelector: databasePods }], ports: tcp(...DATABASE_PORTS) },
        {
          from: [{ namespaceSelector: inNamespace(neighbours.databaseOperatorNamespace) }],
          ports: tcp(...DATABASE_PORTS),
        },
        { from: [{ namespaceSelector: inNamespace(neighbours.monitoringNamespace) }], ports: tcp(METRICS_PORT) },
      ],
      egress: [
        { to: [{ podSelector: databasePods }], ports: tcp(...DATABASE_PORTS) },
        ...apiServerEgress(neighbours.apiServer),
      ],
    }),
  ]
}

const dnsPods = { matchLabels: { 'k8s-app': 'kube-dns' } }
const dnsPorts = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]

function inNamespace(name: string) {
  return { matchLabels: { 'kubernetes.io/metadata.name': name } }
}

function tcp(...ports: number[]) {
  return ports.map(port => ({ protocol: 'TCP', port }))
}

/** In an order of its own, each once: watches tell addresses in any order, and that is no other policy. */
function apiServerEgress(addresses: Neighbours['apiServer']) {
  const rules = new Map(
    addresses.map(({ ip, port }) => [`${ip} ${port}`, { to: [{ ipBlock: { cidr: hostCidr(ip) } }], ports: tcp(port) }]),
  )
  return [...rules.keys()].sort().map(key => rules.get(key))
}

function hostCidr(ip: string): string {
  return ip.includes(':') ? `${ip}/128` : `${ip}/32`
}
