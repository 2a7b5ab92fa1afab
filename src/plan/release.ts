/** The Helm release that a tenant should have: its chart and its values, as plain data without a secret. */
import type { TenantSpec } from '../crds/tenant.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import { digestOf } from './digest.ts'
import * as names from './names.ts'

/** A chart the operator carries. `digest` stands for all of its files. */
export interface Chart {
  readonly name: string
  readonly version: string
  readonly digest: string
}

export interface DesiredRelease {
  readonly name: string
  readonly namespace: string
  readonly tenant: TenantIdentity
  readonly chart: Chart
  readonly values: Record<string, unknown>
  /** Over the chart's digest and the values: equal exactly when a render would be. */
  readonly digest: string
}

export interface TenantIdentity {
  readonly name: string
  readonly uid: string
}

export interface ReleaseInputs {
  readonly tenant: TenantIdentity
  readonly spec: TenantSpec
  readonly plan: TenantPlanSpec
  readonly chart: Chart
  readonly host: string
}

export function desiredRelease({ tenant, spec, plan, chart, host }: ReleaseInputs): DesiredRelease {
  const values = releaseValues(tenant, spec, plan, host)
  return {
    name: names.releaseName(tenant.name),
    namespace: names.namespaceName(tenant.name),
    tenant,
    chart,
    values,
    digest: digestOf({ chart: chart.digest, tenant: tenant.uid, values }),
  }
}

function releaseValues(tenant: TenantIdentity, spec: TenantSpec, plan: TenantPlanSpec, host: string) {
  const { app = {}, database = {} } = spec.overrides ?? {}
  return {
    tenant: { ...tenant, companyName: spec.companyName, owner: spec.owner },
    plan: spec.plan,
    host,
    limits: { ...plan.app.limits, ...app.limits },
    admin: {
      secretName: names.ADMIN_SECRET,
      usernameKey: names.ADMIN_USERNAME_KEY,
      passwordKey: names.ADMIN_PASSWORD_KEY,
    },
    jwt: { secretName: names.JWT_SECRET, key: names.JWT_KEY },
    api: {
      image: plan.app.apiImage,
      replicas: app.apiReplicas ?? plan.app.apiReplicas,
      resources: plan.app.apiResources,
    },
    web: {
      image: plan.app.webImage,
      replicas: app.webReplicas ?? plan.app.webReplicas,
      resources: plan.app.webResources,
    },
    database: {
      image: plan.database.image,
      instances: database.instances ?? plan.database.instances,
      storage: database.storage ?? plan.database.storage,
      ...(plan.database.storageClassName === undefined ? {} : { storageClassName: plan.database.storageClassName }),
      resources: plan.database.resources,
    },
    exposure: plan.exposure,
  }
}
