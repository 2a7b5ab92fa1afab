/** Builders for tests: valid things, of which a test states only what matters to it. */
import type { TenantSpec } from '../../src/crds/tenant.ts'
import type { TenantPlanSpec } from '../../src/crds/tenant-plan.ts'
import { NO_DRIFT } from '../../src/plan/drift.ts'
import * as names from '../../src/plan/names.ts'
import { refKey, refOf } from '../../src/plan/object.ts'
import type { TeardownObservation, TenantObservation } from '../../src/plan/observation.ts'
import { appliedDigestOf, type DesiredTenant, desiredTenant, type TenantInputs } from '../../src/plan/tenant.ts'

export const TENANT = { name: 'acme', uid: '0b4f6c1e-0000-4000-8000-000000000001' }

export function makeSpec(spec: Partial<TenantSpec> = {}): TenantSpec {
  return {
    companyName: 'Acme GmbH',
    owner: { email: 'ada@acme.example' },
    plan: 'professional',
    deletionPolicy: 'Retain',
    machines: [],
    deletionProtection: false,
    ...spec,
  }
}

export function makePlan<Plan extends Partial<TenantPlanSpec>>(plan?: Plan): OwnPlan & Plan {
  return {
    displayName: 'Professional',
    chart: { name: 'tenant', crds: 'Skip', clusterRoleName: 'tenantry-release' },
    app: {
      apiImage: 'registry.example/api:1.0.0',
      webImage: 'registry.example/web:1.0.0',
      apiReplicas: 2,
      webReplicas: 2,
      apiResources: { cpu: '100m', memory: '256Mi' },
      webResources: { cpu: '50m', memory: '128Mi' },
    },
    database: {
      image: 'registry.example/postgresql:17.5',
      instances: 1,
      storage: '50Gi',
      resources: { cpu: '250m', memory: '512Mi' },
    },
    quota: { cpu: '4', memory: '8Gi', storage: '100Gi', pods: 30 },
    exposure: {},
    ...plan,
  } as OwnPlan & Plan
}

/** A plan with the operator's own chart. */
type OwnPlan = TenantPlanSpec & { readonly database: NonNullable<TenantPlanSpec['database']> }

export function makeInputs(inputs: Partial<TenantInputs> = {}): TenantInputs {
  return {
    tenant: TENANT,
    spec: makeSpec(),
    plan: makePlan(),
    chart: { name: 'tenant', version: '0.1.0', digest: 'c0ffee' },
    host: 'acme.example.com',
    operator: { namespace: 'tenantry-system', serviceAccount: 'tenantry-operator' },
    neighbours: {
      ingressNamespace: 'ingress',
      databaseOperatorNamespace: 'cnpg-system',
      monitoringNamespace: 'monitoring',
      apiServer: [{ ip: '10.0.0.1', port: 6443 }],
    },
    ...inputs,
  }
}

export function makeDesired(inputs: Partial<TenantInputs> = {}): DesiredTenant {
  return desiredTenant(makeInputs(inputs))
}

/** Nothing was ever made. */
export function emptyWorld(): TenantObservation {
  return {
    namespace: { found: 'absent' },
    isReadable: true,
    objects: new Map(),
    secretKeys: new Map(),
    release: {},
    workloads: {
      deployments: [],
      database: { found: 'absent' },
      ingress: { found: false, addresses: [], rules: [] },
      readyServices: [],
      podProblems: [],
      hasUnreadyPods: false,
      probe: { result: 'off' },
    },
    unready: [],
    drift: NO_DRIFT,
  }
}

/** Everything is there and serves, exactly as desired. */
export function convergedWorld(desired: DesiredTenant): TenantObservation {
  return {
    namespace: makeNamespace(desired),
    isReadable: true,
    objects: new Map(
      [...desired.access, ...desired.policies].map(object => [refKey(refOf(object)), ownedObject(object)]),
    ),
    secretKeys: new Map(
      desired.secrets.map(({ object, plain, randomBytes }) => [
        object.metadata.name,
        [...Object.keys(plain), ...Object.keys(randomBytes)],
      ]),
    ),
    release: {
      record: {
        release: desired.release.name,
        chart: 'tenant',
        chartVersion: '0.1.0',
        digest: desired.release.digest,
        revision: 1,
        state: 'Deployed',
        inventory: [
          { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tenant-acme', name: 'api', digest: 'd-api' },
          {
            apiVersion: 'postgresql.cnpg.io/v1',
            kind: 'Cluster',
            namespace: 'tenant-acme',
            name: 'db',
            digest: 'd-db',
          },
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'Ingress',
            namespace: 'tenant-acme',
            name: 'app',
            digest: 'd-app',
          },
        ],
      },
      latest: { revision: 1, status: 'deployed', digest: desired.release.digest },
    },
    workloads: {
      deployments: [{ name: 'api', appliedDigest: 'd-api', replicas: 2, available: 2, rolledOut: true }],
      database: {
        found: 'present',
        name: 'db',
        appliedDigest: 'd-db',
        instances: 1,
        readyInstances: 1,
        primary: 'db-1',
        phase: 'Cluster in healthy state',
      },
      ingress: {
        found: true,
        addresses: ['192.0.2.10'],
        rules: [{ host: 'acme.example.com', path: '/api', service: 'api' }],
      },
      readyServices: ['api'],
      podProblems: [],
      hasUnreadyPods: false,
      probe: { result: 'serving' },
    },
    unready: [],
    drift: NO_DRIFT,
  }
}

export function makeNamespace(desired: DesiredTenant) {
  const digest = appliedDigestOf(desired.namespace)
  return {
    found: 'present',
    uid: 'namespace-uid',
    terminating: false,
    labels: desired.namespace.metadata.labels ?? {},
    ...(digest === undefined ? {} : { appliedDigest: digest }),
  } as const
}

function ownedObject(object: DesiredTenant['namespace']) {
  const digest = appliedDigestOf(object)
  return { ref: refOf(object), uid: 'uid', ...(digest === undefined ? {} : { appliedDigest: digest }) }
}

/** A tenant whose whole environment still stands when its deletion begins. */
export function standingWorld(desired: DesiredTenant): TeardownObservation {
  const { namespace, objects, release } = convergedWorld(desired)
  return {
    namespace,
    objects,
    release,
    volumes: [{ name: 'pv-1', policy: 'Delete', labels: {}, phase: 'Bound' }],
    secrets: [{ name: names.ADMIN_SECRET, copied: false }],
    crdTerminating: false,
  }
}
