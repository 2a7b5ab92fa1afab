import { expect, test } from 'vitest'
import { convergedWorld, emptyWorld, makeDesired, makeNamespace, makePlan, makeSpec } from '../../test/make/tenant.ts'
import { onlyIfAbsent } from './object.ts'
import { type DesiredTenant, planTenant } from './tenant.ts'

function stepNames(desired: DesiredTenant, observed: Parameters<typeof planTenant>[1]): string[] {
  return planTenant(desired, observed).flatMap(stage =>
    stage.steps.map(step =>
      step.do === 'kube.apply'
        ? `${stage.name}: ${step.object.kind} ${step.object.metadata.name}`
        : `${stage.name}: ${step.do}`,
    ),
  )
}

test('an empty world gets everything, the namespace first and the release last', () => {
  expect(stepNames(makeDesired(), emptyWorld())).toEqual([
    'Namespace: Namespace tenant-acme',
    'Access: ServiceAccount tenantry-release',
    'Access: RoleBinding tenantry-release',
    'Access: RoleBinding tenantry-tenant-secrets',
    'Policies: ResourceQuota tenantry',
    'Policies: LimitRange tenantry',
    'Policies: NetworkPolicy tenantry-default-deny',
    'Policies: NetworkPolicy tenantry-dns',
    'Policies: NetworkPolicy tenantry-ingress-controller',
    'Policies: NetworkPolicy tenantry-api-to-database',
    'Policies: NetworkPolicy tenantry-database',
    'Credentials: kube.createSecret',
    'Credentials: kube.createSecret',
    'Release: helm.upgrade',
  ])
})

test('a namespace that was not there is made only if nobody else has made it meanwhile', () => {
  const desired = makeDesired()
  const namespaceOf = (observed: Parameters<typeof planTenant>[1]) => planTenant(desired, observed)[0]?.steps
  expect(namespaceOf(emptyWorld())).toEqual([{ do: 'kube.apply', object: onlyIfAbsent(desired.namespace) }])
  const other = convergedWorld(makeDesired({ spec: makeSpec({ deletionProtection: true }) }))
  expect(namespaceOf(other)).toEqual([{ do: 'kube.apply', object: desired.namespace }])
})

test('a satisfied world plans nothing', () => {
  const desired = makeDesired()
  expect(planTenant(desired, convergedWorld(desired))).toEqual([])
})

test('a bigger quota in the plan changes the quota alone', () => {
  const before = convergedWorld(makeDesired())
  const plan = makePlan({ quota: { cpu: '8', memory: '8Gi', storage: '100Gi', pods: 30 } })
  expect(stepNames(makeDesired({ plan }), before)).toEqual(['Policies: ResourceQuota tenantry'])
})

test('rights and openings that only the chart of another plan needed go when the release has changed', () => {
  const chart = { name: 'ledger', crds: 'Skip', clusterRoleName: 'ledger-release' } as const
  const foreign = makeDesired({ plan: makePlan({ chart }) })
  const own = makeDesired()
  const left = new Map([...convergedWorld(foreign).objects, ...convergedWorld(own).objects])
  expect(stepNames(own, { ...convergedWorld(own), objects: left })).toEqual([
    'Access: kube.delete',
    'Access: kube.delete',
  ])
  expect(stepNames(foreign, { ...convergedWorld(own), objects: left })).toContain('Release: helm.upgrade')
  expect(stepNames(foreign, { ...convergedWorld(own), objects: left })).not.toContain('Access: kube.delete')
})

test('another image in the plan changes the release alone', () => {
  const before = convergedWorld(makeDesired())
  const plan = makePlan()
  const changed = makeDesired({ plan: { ...plan, app: { ...plan.app, apiImage: 'registry.example/api:2.0.0' } } })
  expect(stepNames(changed, before)).toEqual(['Release: helm.upgrade'])
})

test('protecting a tenant marks its namespace', () => {
  const before = convergedWorld(makeDesired())
  const desired = makeDesired({ spec: makeSpec({ deletionProtection: true }) })
  expect(stepNames(desired, before)).toEqual(['Namespace: Namespace tenant-acme'])
  expect(desired.namespace.metadata.labels?.['tenantry.dev/deletion-protection']).toBe('true')
})

test('what may not be looked at is not taken for missing: the rights come first', () => {
  const desired = makeDesired()
  const { secretKeys: _, release: __, ...world } = convergedWorld(desired)
  const objects = new Map([...world.objects].filter(([key]) => !key.includes('tenantry-tenant-secrets')))
  const blind = { ...emptyWorld(), ...world, isReadable: false, objects }
  expect(stepNames(desired, blind)).toEqual(['Access: RoleBinding tenantry-tenant-secrets'])
  expect(planTenant(desired, { ...blind, objects: world.objects })).toEqual([])
})

test('an existing Secret is never made again, whatever keys it has', () => {
  const desired = makeDesired()
  const world = convergedWorld(desired)
  expect(planTenant(desired, { ...world, secretKeys: new Map([...world.secretKeys, ['tenantry-admin', []]]) })).toEqual(
    [],
  )
})

test('a revision made by somebody else is followed by one of ours', () => {
  const desired = makeDesired()
  const world = convergedWorld(desired)
  const foreign = { ...world, release: { ...world.release, latest: { revision: 2, status: 'deployed' } } }
  expect(stepNames(desired, foreign)).toEqual(['Release: helm.upgrade'])
})

test('a release whose last pass was cut off is taken up again', () => {
  const desired = makeDesired()
  const world = convergedWorld(desired)
  const record = world.release.record && { ...world.release.record, state: 'Applying' as const }
  const cut = { ...world, release: { ...world.release, ...(record ? { record } : {}) } }
  expect(stepNames(desired, cut)).toEqual(['Release: helm.upgrade'])
})

test('a namespace that lost its marks of what was applied gets them back', () => {
  const desired = makeDesired()
  const { appliedDigest: _, ...namespace } = makeNamespace(desired)
  expect(stepNames(desired, { ...convergedWorld(desired), namespace })).toEqual(['Namespace: Namespace tenant-acme'])
})

test('no step holds a secret value or anything that JSON cannot say', () => {
  const stages = planTenant(makeDesired(), emptyWorld())
  expect(JSON.parse(JSON.stringify(stages))).toEqual(stages)
  expect(JSON.stringify(stages)).not.toMatch(/"stringData"|"data"/)
})

test.each(['failed', 'pending-upgrade', 'superseded'])(
  'a revision that Helm’s records call %s is not relied on',
  status => {
    const desired = makeDesired()
    const world = convergedWorld(desired)
    const release = { ...world.release, latest: { revision: 1, status } }
    expect(stepNames(desired, { ...world, release })).toEqual(['Release: helm.upgrade'])
  },
)
