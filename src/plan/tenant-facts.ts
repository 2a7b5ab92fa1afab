/** What is so of a tenant, under the names that placeholders in the values of a plan have for it. Pure. */
import type { TenantSpec } from '../crds/tenant.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import * as names from './names.ts'
import { type Facts, placeholderProblems } from './placeholder.ts'

export interface FactInputs {
  readonly tenant: { readonly name: string; readonly uid: string }
  readonly spec: TenantSpec
  readonly plan: TenantPlanSpec
  readonly host: string
}

/** What the plan leaves open is no fact, and a placeholder for it stands for nothing. */
export function tenantFacts({ tenant, spec, plan, host }: FactInputs) {
  const { app = {}, database = {} } = spec.overrides ?? {}
  const { probePaths: _, ...exposure } = plan.exposure
  return {
    tenant: {
      name: tenant.name,
      uid: tenant.uid,
      companyName: spec.companyName,
      owner: { name: spec.owner.name ?? '', email: spec.owner.email },
    },
    plan: spec.plan,
    host,
    namespace: names.namespaceName(tenant.name),
    limits: { ...plan.app.limits, ...app.limits },
    credentials: {
      secretName: names.ADMIN_SECRET,
      usernameKey: names.ADMIN_USERNAME_KEY,
      passwordKey: names.ADMIN_PASSWORD_KEY,
    },
    jwt: { secretName: names.JWT_SECRET, key: names.JWT_KEY },
    app: { apiReplicas: app.apiReplicas ?? plan.app.apiReplicas, webReplicas: app.webReplicas ?? plan.app.webReplicas },
    ...(plan.database === undefined ? {} : { database: { ...plan.database, ...database } }),
    exposure,
  } satisfies Facts
}

const ANY_TENANT: Omit<FactInputs, 'plan'> = {
  tenant: { name: 'any', uid: 'any' },
  spec: {
    companyName: 'Any',
    owner: { email: 'any@example.com' },
    plan: 'any',
    machines: [],
    deletionPolicy: 'Retain',
    deletionProtection: false,
  },
  host: 'any.example.com',
}

/** Why no tenant can get the values of this plan; undefined where each can. */
export function valuesProblem(plan: TenantPlanSpec): string | undefined {
  const problems = placeholderProblems(plan.app.values ?? {}, tenantFacts({ ...ANY_TENANT, plan }), 'spec.app.values')
  return problems.length === 0 ? undefined : problems.join('; ')
}
