import { expect, test } from 'vitest'
import {
  GOOD_PLAN,
  GOOD_TENANT,
  type Manifest,
  type Mistake,
  PLAN_MISTAKES,
  TENANT_MISTAKES,
  titleOf,
  withMistake,
} from '../../test/make/refused-manifest.ts'
import { CLUSTER_MISTAKES, GOOD_CLUSTER } from '../../test/make/refused-proxmox-cluster.ts'
import { parseProxmoxCluster, parseTenant, parseTenantMachine, parseTenantPlan } from './parse.ts'

const minimal = {
  metadata: { name: 'acme', uid: 'u1', generation: 1 },
  spec: { companyName: 'Acme', owner: { email: 'ada@example.com' }, plan: 'free' },
}

test('a minimal tenant gets its defaults', () => {
  expect(parseTenant(minimal)).toEqual({
    ok: true,
    value: {
      metadata: { name: 'acme', uid: 'u1', generation: 1 },
      spec: { ...minimal.spec, machines: [], deletionPolicy: 'Retain', deletionProtection: false },
    },
  })
})

test('a minimal plan gets its defaults, and quantities become text', () => {
  const spec = {
    displayName: 'Free',
    app: { apiImage: 'api:1', webImage: 'web:1', webResources: { cpu: 1, memory: 268435456 } },
    database: { image: 'postgresql:17' },
    quota: { cpu: 4, memory: '4Gi', storage: '50Gi', pods: 10 },
  }
  expect(parseTenantPlan({ metadata: { name: 'free' }, spec })).toEqual({
    ok: true,
    value: {
      metadata: { name: 'free' },
      spec: {
        displayName: 'Free',
        chart: { name: 'tenant', crds: 'Skip', clusterRoleName: 'tenantry-release' },
        app: {
          apiImage: 'api:1',
          webImage: 'web:1',
          apiReplicas: 2,
          webReplicas: 2,
          apiResources: { cpu: '100m', memory: '256Mi' },
          webResources: { cpu: '1', memory: '268435456' },
        },
        database: {
          image: 'postgresql:17',
          instances: 1,
          storage: '50Gi',
          resources: { cpu: '250m', memory: '512Mi' },
        },
        quota: { cpu: '4', memory: '4Gi', storage: '50Gi', pods: 10 },
        exposure: {},
      },
    },
  })
})

test('fields of a newer version are left out, not refused', () => {
  const newer = { ...minimal, spec: { ...minimal.spec, isolation: 'Hard' } }
  expect(parseTenant(newer)).toEqual(parseTenant(minimal))
})

test('a container that was stored as privileged is what it was made as: unprivileged', () => {
  const container = { template: 'local:vztmpl/debian-12.tar.zst', unprivileged: false }
  const stored = { ...minimal.spec, proxmox: { cluster: 'pve' }, machines: [{ name: 'mail', container }] }
  expect(parseTenant({ ...minimal, spec: stored })).toMatchObject({
    ok: true,
    value: { spec: { machines: [{ container: { unprivileged: true } }] } },
  })
  expect(
    parseTenantMachine({ metadata: { name: 'mail', namespace: 'tenant-acme' }, spec: { container } }),
  ).toMatchObject({
    ok: true,
    value: { spec: { container: { unprivileged: true } } },
  })
})

test('a status that nobody understands is no reason to refuse a tenant', () => {
  const odd = { ...minimal, status: { observedGeneration: 'three' } }
  expect(parseTenant(odd)).toMatchObject({ ok: true, value: { spec: { plan: 'free' } } })
})

test('a refusal names every field at fault', () => {
  const spec = { owner: { email: 'ada' }, plan: 'free', overrides: { database: { instances: 2 } } }
  expect(parseTenant({ metadata: { name: 'acme' }, spec })).toEqual({
    ok: false,
    message:
      'spec.companyName: is required; ' +
      'spec.owner.email: must be an e-mail address, such as ada@example.com; ' +
      'spec.overrides.database.instances: must be 1 or 3: of two instances none may fail, since each write has to be on two of them',
  })
})

test('what is no object at all is refused too', () => {
  expect(parseTenant(undefined)).toEqual({ ok: false, message: 'object: is required' })
  expect(parseTenantPlan({ metadata: { name: 'x' }, spec: 3 })).toEqual({
    ok: false,
    message: 'spec: must be of type object',
  })
})

test('the good manifests are accepted', () => {
  expect(parseTenant(GOOD_TENANT)).toMatchObject({ ok: true })
  expect(parseTenantPlan(GOOD_PLAN)).toMatchObject({ ok: true })
})

test.each(cases(GOOD_TENANT, TENANT_MISTAKES))('a tenant with %s is refused', (_, manifest, mistake) => {
  expectRefusal(parseTenant(manifest), mistake)
})

test.each(cases(GOOD_PLAN, PLAN_MISTAKES))('a plan with %s is refused', (_, manifest, mistake) => {
  expectRefusal(parseTenantPlan(manifest), mistake)
})

test.each(cases(GOOD_CLUSTER, CLUSTER_MISTAKES))('a Proxmox cluster with %s is refused', (_, manifest, mistake) => {
  expectRefusal(parseProxmoxCluster(manifest), mistake)
})

test('a good Proxmox cluster is taken', () => {
  expect(parseProxmoxCluster(GOOD_CLUSTER)).toMatchObject({ ok: true })
})

function cases(good: Manifest, mistakes: readonly Mistake[]): [string, Manifest, Mistake][] {
  return mistakes.map(mistake => [titleOf(mistake), withMistake(good, mistake), mistake])
}

function expectRefusal(parsed: { ok: boolean; message?: string }, { field, set, says }: Mistake): void {
  expect(parsed).toEqual({ ok: false, message: expect.stringContaining(`${field ?? set}: `) })
  expect(parsed.message).toMatch(says)
}
