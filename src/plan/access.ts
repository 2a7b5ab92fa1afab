/** Who may do what in a tenant's namespace: the identity of its release, and the operator's own right to Secrets. */
import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import type { KubeObject } from './object.ts'
import type { TenantIdentity } from './release.ts'

/** The operator as the cluster knows it. */
export interface OperatorIdentity {
  readonly namespace: string
  readonly serviceAccount: string
}

/** `clusterRole` is what the release may do there. */
export function desiredAccess(
  tenant: TenantIdentity,
  operator: OperatorIdentity,
  clusterRole: string = names.RELEASE_CLUSTER_ROLE,
): KubeObject[] {
  const namespace = names.namespaceName(tenant.name)
  const labels = ownershipLabels(tenant)
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: names.RELEASE_SERVICE_ACCOUNT, namespace, labels },
      automountServiceAccountToken: false,
    },
    roleBinding(clusterRole, names.releaseBindingName(clusterRole), {
      subject: { name: names.RELEASE_SERVICE_ACCOUNT, namespace },
      namespace,
      labels,
    }),
    roleBinding(names.SECRETS_CLUSTER_ROLE, names.SECRETS_CLUSTER_ROLE, {
      subject: { name: operator.serviceAccount, namespace: operator.namespace },
      namespace,
      labels,
    }),
  ]
}

interface Binding {
  readonly subject: { readonly name: string; readonly namespace: string }
  readonly namespace: string
  readonly labels: Record<string, string>
}

function roleBinding(role: string, name: string, { subject, namespace, labels }: Binding): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace, labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', ...subject }],
  }
}
