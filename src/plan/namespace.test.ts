import { expect, test } from 'vitest'
import { makeDesired, makeNamespace, makePlan, makeSpec, TENANT } from '../../test/make/tenant.ts'
import { desiredLimitRange, desiredNamespace, desiredQuota, isOwnNamespace } from './namespace.ts'

const own = makeNamespace(makeDesired())
const { quota } = makePlan()

function hardOf(object: ReturnType<typeof desiredQuota>): unknown {
  return (object.spec as { hard: unknown }).hard
}

test('the namespace says whose it is and admits restricted pods only', () => {
  expect(desiredNamespace(TENANT, { deletionProtection: false })).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'tenant-acme',
      labels: {
        'app.kubernetes.io/managed-by': 'tenantry',
        'tenantry.dev/tenant': 'acme',
        'tenantry.dev/tenant-uid': TENANT.uid,
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
    },
  })
})

test('the quota is that of the plan', () => {
  expect(hardOf(desiredQuota(TENANT, makeSpec(), makePlan()))).toEqual({
    'requests.cpu': quota.cpu,
    'requests.memory': quota.memory,
    'limits.memory': quota.memory,
    'requests.storage': quota.storage,
    pods: '30',
  })
})

test('a tenant may have more of one thing and keep the rest of its plan', () => {
  const spec = makeSpec({ overrides: { quota: { storage: '500Gi' } } })
  expect(hardOf(desiredQuota(TENANT, spec, makePlan()))).toEqual({
    'requests.cpu': quota.cpu,
    'requests.memory': quota.memory,
    'limits.memory': quota.memory,
    'requests.storage': '500Gi',
    pods: '30',
  })
})

test('containers that state nothing still fit under the quota', () => {
  expect(desiredLimitRange(TENANT).spec).toEqual({
    limits: [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '128Mi' }, default: { memory: '256Mi' } }],
  })
})

test('a namespace is one’s own by name and uid together', () => {
  const marked = (labels: Record<string, string>) => isOwnNamespace({ ...own, labels }, TENANT)
  expect({
    own: isOwnNamespace(own, TENANT),
    absent: isOwnNamespace({ found: 'absent' }, TENANT),
    unmarked: marked({}),
    nameOnly: marked({ 'tenantry.dev/tenant': 'acme' }),
    formerTenant: marked({ 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-uid': 'former' }),
    otherName: marked({ 'tenantry.dev/tenant': 'other', 'tenantry.dev/tenant-uid': TENANT.uid }),
  }).toEqual({ own: true, absent: false, unmarked: false, nameOnly: false, formerTenant: false, otherName: false })
})
