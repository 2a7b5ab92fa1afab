/** The Secrets the operator makes once for a tenant. The chart only refers to them; nothing ever regenerates them. */
import type { TenantSpec } from '../crds/tenant.ts'
import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import type { TenantIdentity } from './release.ts'
import type { SecretTemplate } from './step.ts'

export function desiredSecrets(tenant: TenantIdentity, spec: Pick<TenantSpec, 'owner'>): SecretTemplate[] {
  return [
    {
      object: secretObject(names.ADMIN_SECRET, tenant),
      plain: { [names.ADMIN_USERNAME_KEY]: spec.owner.email },
      randomBytes: { [names.ADMIN_PASSWORD_KEY]: 24 },
    },
    { object: secretObject(names.JWT_SECRET, tenant), plain: {}, randomBytes: { [names.JWT_KEY]: 48 } },
  ]
}

function secretObject(name: string, tenant: TenantIdentity) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: names.namespaceName(tenant.name), labels: ownershipLabels(tenant) },
    type: 'Opaque',
  }
}
