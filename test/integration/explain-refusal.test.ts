/** What others refuse to a tenant, or hold from it, and the one line in which the tenant says why and what to do. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest } from './tenant-manifest.ts'
import { type BrokenTenant, expectExplanation, startTenant } from './tenant-nodes.ts'

let environment: OperatorEnvironment
/** What puts right again what a test broke for all tenants. */
let mend: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  environment = await startEnvironment('explain-refusal')
  await environment.apply(planManifest('small'))
  await environment.startOperator()
})
afterAll(() => environment?.stop())
afterEach(async () => {
  for (const step of mend) await step()
  mend = []
})

const kubectl = (...args: string[]) => environment.kubectl(args)
const edit = ({ name }: BrokenTenant, spec: object) =>
  kubectl('patch', 'tenants.tenantry.dev', name, '--type=merge', '-p', JSON.stringify({ spec }))

/** What is refused from now on while this is there. The API server takes it up a moment after it is stored. */
async function refuse(kind: string, spec: Record<string, unknown>, trial: Record<string, unknown>): Promise<void> {
  const name = 'broken.example.com'
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, ...spec }
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  }
  const isPolicy = kind === 'ValidatingAdmissionPolicy'
  await environment.apply(policy, ...(isPolicy ? [binding] : []))
  mend.push(() => kubectl('delete', kind, name))
  if (isPolicy) mend.push(() => kubectl('delete', 'ValidatingAdmissionPolicyBinding', name))
  const dryRun = () =>
    environment.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(trial)).then(
      () => 'accepted',
      () => 'refused',
    )
  await expect.poll(dryRun, { timeout: 20_000, interval: 200 }).toBe('refused')
}

const rule = (apiGroup: string, resource: string) => ({
  apiGroups: [apiGroup],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: [resource],
})

interface Case {
  readonly tenant: string
  readonly spec?: Record<string, unknown>
  /** Before there is a tenant. */
  readonly before?: () => Promise<unknown>
  /** When it is installed. */
  readonly after?: (tenant: BrokenTenant) => Promise<unknown>
  readonly says: string
}

const cases: Case[] = [
  {
    tenant: 'no-plan',
    spec: { plan: 'gold' },
    before: async () => {},
    says: 'PlanNotFound: spec.plan: there is no TenantPlan named "gold". Apply that plan, or correct spec.plan.',
  },
  {
    tenant: 'no-host',
    spec: { domain: 'taken.example.com' },
    before: () => startTenant(environment, 'holder', { spec: { domain: 'taken.example.com' } }),
    says: 'HostConflict: spec.domain: taken.example.com belongs to tenant "holder". Change spec.domain of one of them.',
  },
  {
    tenant: 'occupied',
    before: () => kubectl('create', 'namespace', 'tenant-occupied'),
    says: 'NamespaceConflict: Namespace tenant-occupied exists and does not belong to this tenant. Delete or rename it, or rename the tenant.',
  },
  {
    tenant: 'held',
    async after({ namespace }) {
      const metadata = { name: 'stubborn', namespace, finalizers: ['example.com/hold'] }
      await environment.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
      await kubectl('delete', 'namespace', namespace, '--wait=false')
      mend.push(() =>
        kubectl('patch', 'configmap', 'stubborn', '-n', namespace, '-p', '{"metadata":{"finalizers":null}}'),
      )
    },
    says: 'NamespaceTerminating: Namespace tenant-held is being deleted; it is made anew when it is gone. What keeps it: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  },
  {
    tenant: 'key-lost',
    after: ({ namespace }) =>
      kubectl('patch', 'secret', 'tenantry-jwt', '-n', namespace, '-p', '{"data":{"key":null}}'),
    says: 'CredentialsIncomplete: Secret tenantry-jwt lacks the key "key". Put it back, or delete the Secret to get a new one.',
  },
  {
    tenant: 'role-gone',
    async before() {
      await kubectl('delete', 'clusterrole', 'tenantry-release')
      mend.push(() => kubectl('apply', '--server-side', '-k', 'deploy/rbac'))
    },
    says: 'Forbidden: Cannot get ServiceAccount tenant-role-gone/api: serviceaccounts "api" is forbidden: User "system:serviceaccount:tenant-role-gone:tenantry-release" cannot get resource "serviceaccounts" in API group "" in the namespace "tenant-role-gone": RBAC: clusterrole.rbac.authorization.k8s.io "tenantry-release" not found. Apply deploy/rbac again.',
  },
  {
    tenant: 'right-lost',
    async before() {
      await kubectl(
        'patch',
        'clusterrole',
        'tenantry-release',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/rules/2"}]',
      )
      mend.push(() => kubectl('apply', '--server-side', '--force-conflicts', '-k', 'deploy/rbac'))
    },
    says: 'Forbidden: Cannot get Deployment tenant-right-lost/api: deployments.apps "api" is forbidden: User "system:serviceaccount:tenant-right-lost:tenantry-release" cannot get resource "deployments" in API group "apps" in the namespace "tenant-right-lost". Apply deploy/rbac again.',
  },
  {
    tenant: 'policy',
    before: () =>
      refuse(
        'ValidatingAdmissionPolicy',
        {
          spec: {
            matchConstraints: { resourceRules: [rule('apps', 'deployments')] },
            validations: [{ expression: 'false', message: 'no Deployments on Fridays' }],
          },
        },
        deployment(),
      ),
    says: "AdmissionRefused: Cannot apply Deployment tenant-policy/api: deployments.apps \"api\" is forbidden: ValidatingAdmissionPolicy 'broken.example.com' with binding 'broken.example.com' denied request: no Deployments on Fridays. Change the policy that it names, or what the plan asks for.",
  },
  {
    tenant: 'webhook',
    before: () =>
      refuse(
        'ValidatingWebhookConfiguration',
        {
          webhooks: [
            {
              name: 'broken.example.com',
              rules: [rule('postgresql.cnpg.io', 'clusters')],
              clientConfig: { service: { namespace: 'cnpg-system', name: 'cnpg-webhook-service' } },
              sideEffects: 'None',
              admissionReviewVersions: ['v1'],
            },
          ],
        },
        cluster(),
      ),
    says: 'WebhookUnavailable: Cannot apply Cluster tenant-webhook/db: Internal error occurred: failed calling webhook "broken.example.com": failed to call webhook: Post "https://cnpg-webhook-service.cnpg-system.svc:443/?timeout=10s": service "cnpg-webhook-service" not found. Look whether the service that it names runs.',
  },
  {
    tenant: 'object-quota',
    async after(tenant) {
      const metadata = { name: 'theirs', namespace: tenant.namespace }
      const hard = { 'count/poddisruptionbudgets.policy': '0' }
      await environment.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } })
      await expect
        .poll(async () => (await environment.get('resourcequota', 'theirs', tenant.namespace))?.status)
        .toHaveProperty('hard')
      await edit(tenant, { overrides: { app: { apiReplicas: 2 } } })
    },
    says: 'QuotaExceeded: Cannot apply PodDisruptionBudget tenant-object-quota/api: poddisruptionbudgets.policy "api" is forbidden: exceeded quota: theirs, requested: count/poddisruptionbudgets.policy=1, used: count/poddisruptionbudgets.policy=0, limited: count/poddisruptionbudgets.policy=0. Raise the quota in the plan or in spec.overrides.quota, or ask for less.',
  },
  {
    tenant: 'theirs',
    async after(tenant) {
      const budget = ['poddisruptionbudget', 'api', '-n', tenant.namespace, '--selector=app=x', '--min-available=1']
      await kubectl('create', ...budget)
      await edit(tenant, { overrides: { app: { apiReplicas: 2 } } })
    },
    says: 'OwnedByAnother: Cannot apply release tenant-theirs over objects that are not its own: PodDisruptionBudget api belongs to nobody that has marked it. Delete or rename that object.',
  },
]

function deployment(): Record<string, unknown> {
  const labels = { app: 'x' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x' }] } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'trial', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template },
  }
}

function cluster(): Record<string, unknown> {
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'trial', namespace: 'default' },
    spec: { instances: 1, storage: { size: '1Gi' } },
  }
}

test.each(cases)('broken by $tenant, a tenant says $says', async ({ tenant: name, spec = {}, before, after, says }) => {
  await before?.()
  const tenant = await startTenant(environment, name, { spec, installed: after !== undefined })
  await after?.(tenant)
  await expectExplanation(tenant, says)
})
