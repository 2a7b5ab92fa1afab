/** Manifests for tests against an API server. */
import { API_VERSION } from '../../src/plan/names.ts'

export function tenantManifest(name: string, spec: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: 'Tenant',
    metadata: { name },
    spec: { companyName: 'Acme GmbH', owner: { email: 'ada@acme.example' }, plan: 'small', ...spec },
  }
}

export function planManifest(
  name: string,
  app: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: 'TenantPlan',
    metadata: { name },
    spec: {
      displayName: 'Small',
      app: {
        apiImage: 'registry.example/api:1.0.0',
        webImage: 'registry.example/web:1.0.0',
        apiReplicas: 1,
        webReplicas: 1,
        ...app,
      },
      database: { image: 'registry.example/postgresql:17.5', storage: '1Gi' },
      quota: { cpu: '4', memory: '8Gi', storage: '20Gi', pods: 20 },
      ...rest,
    },
  }
}
