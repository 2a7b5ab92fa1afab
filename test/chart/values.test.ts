import { expect, test } from 'vitest'
import { desiredRelease } from '../../src/plan/release.ts'
import { makeInputs, makePlan, makeSpec } from '../make/tenant.ts'
import { find, lint, refusal, render, renderText, type Values } from './rendering.ts'

test('the chart passes a strict lint with its own values and with those of a large plan', async () => {
  const large = { api: { replicas: 3 }, database: { instances: 3 }, exposure: { clusterIssuer: 'letsencrypt' } }
  for (const values of [{}, large]) expect(await lint(values)).toContain('1 chart(s) linted, 0 chart(s) failed')
})

test('the values that the operator passes are the values of the chart', async () => {
  const plan = makePlan({
    exposure: { ingressClassName: 'traefik', clusterIssuer: 'letsencrypt', tlsSecretName: 'acme' },
  })
  const full = {
    ...plan,
    app: { ...plan.app, limits: { users: 25 } },
    database: { ...plan.database, storageClassName: 'fast' },
  }
  const spec = makeSpec({ overrides: { database: { instances: 3 }, app: { apiReplicas: 4, limits: { notes: 1 } } } })
  for (const inputs of [makeInputs(), makeInputs({ plan: full, spec })]) {
    expect(await refusal(desiredRelease(inputs).values)).toBeUndefined()
  }
})

test.each<[string, Values]>([
  ["'': additional properties 'replicas'", { replicas: 2 }],
  ["'': missing property 'tenant'", { tenant: null }],
  ["'/tenant': missing property 'companyName'", { tenant: { companyName: null } }],
  ["'/tenant/name'", { tenant: { name: 'Acme!' } }],
  ["'/tenant/owner/email'", { tenant: { owner: { email: 'ada' } } }],
  ["'/host'", { host: 'localhost' }],
  ["'/limits/users'", { limits: { users: 'many' } }],
  ["'/admin/secretName'", { admin: { secretName: '' } }],
  ["'/jwt': additional properties 'value'", { jwt: { value: 'planted' } }],
  ["'/api/image'", { api: { image: 'registry.example/api' } }],
  ["'/api/image'", { api: { image: 'registry.example:5000/api' } }],
  ["'/web/image'", { web: { image: 'registry.example/web:latest' } }],
  ["'/api/replicas'", { api: { replicas: 0 } }],
  ["'/web/replicas'", { web: { replicas: 1.5 } }],
  ["'/api/resources/memory'", { api: { resources: { memory: 'lots' } } }],
  ["'/database/image'", { database: { image: 'registry.example/postgresql:latest' } }],
  ["'/database/image'", { database: { image: `registry.example/postgresql@sha256:${'a'.repeat(64)}` } }],
  ["'/database/instances'", { database: { instances: 2 } }],
  ["'/database/storage'", { database: { storage: 50 } }],
  ["'/exposure': additional properties 'className'", { exposure: { className: 'nginx' } }],
])('a wrong value is refused by the name of its field: %s', async (field, values) => {
  expect(await refusal(values)).toContain(`at ${field}`)
})

test('the same values render the same bytes', async () => {
  const values = { limits: { users: 25, notes: 1 }, database: { instances: 3 } }
  expect(await renderText(values)).toBe(await renderText(values))
})

test('text stays what it is, whatever YAML would make of it', async () => {
  const companyName = 'Größe "GmbH" & <Söhne>: #1\n{{ .Values }}'
  const objects = await render({
    tenant: { companyName },
    limits: { mechanicLimit: 12_345_678 },
    database: { storageClassName: '123' },
    exposure: { ingressClassName: '1e3', tlsSecretName: 'true' },
  })
  expect(find(objects, 'ConfigMap', 'api').data).toEqual({
    COMPANY_NAME: companyName,
    LIMITS: '{"mechanicLimit":12345678}',
    PLAN: 'professional',
    PUBLIC_URL: 'https://acme.example.com',
  })
  expect(find(objects, 'Cluster', 'db').spec).toMatchObject({ storage: { size: '50Gi', storageClass: '123' } })
  expect(find(objects, 'Ingress', 'app').spec).toMatchObject({
    ingressClassName: '1e3',
    tls: [{ hosts: ['acme.example.com'], secretName: 'true' }],
  })
})
