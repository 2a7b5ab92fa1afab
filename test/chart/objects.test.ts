import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/plan/object.ts'
import { find, kindsAndNames, NAMESPACE, render, renderText } from './rendering.ts'

const SMALL = { api: { replicas: 1 }, web: { replicas: 1 }, database: { instances: 1 } }
const LARGE = { api: { replicas: 3 }, web: { replicas: 2 }, database: { instances: 3 } }

interface Workload {
  readonly replicas: number
  readonly selector: { readonly matchLabels: Record<string, string> }
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> }
    readonly spec: { readonly affinity?: unknown; readonly containers: readonly { readonly image: string }[] }
  }
}

function workload(objects: readonly KubeObject[], name: string): Workload {
  return find(objects, 'Deployment', name).spec as Workload
}

const ALWAYS = [
  'Cluster/db',
  'ConfigMap/api',
  'Deployment/api',
  'Deployment/web',
  'Ingress/app',
  'Service/api',
  'Service/web',
  'ServiceAccount/api',
  'ServiceAccount/web',
]

test('a small environment is these objects, by fixed names', async () => {
  expect(kindsAndNames(await render(SMALL))).toEqual(ALWAYS)
})

test('a larger one has disruption budgets too', async () => {
  expect(kindsAndNames(await render(LARGE))).toEqual(
    [...ALWAYS, 'PodDisruptionBudget/api', 'PodDisruptionBudget/web'].sort(),
  )
})

test('nothing lies outside the namespace, and everything says what it belongs to', async () => {
  for (const { kind, metadata } of await render(LARGE)) {
    expect([kind, metadata.namespace]).toEqual([kind, NAMESPACE])
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual([
      'app.kubernetes.io/component',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/name',
      'app.kubernetes.io/part-of',
    ])
  }
})

test('the chart makes no Secret, and no image is named without a version', async () => {
  const objects = await render(LARGE)
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([])
  const images = [...(await renderText(LARGE)).matchAll(/image(?:Name)?: "(.*)"/g)].map(([, image]) => image)
  expect(images).toEqual([
    'tenantry.local/tenantry-example-app:0.1.0',
    'tenantry.local/tenantry-example-app:0.1.0',
    'tenantry.local/postgresql:15',
  ])
})

test('services and budgets select the pods of their Deployment, and nothing else changes the selector', async () => {
  const objects = await render(LARGE)
  for (const name of ['api', 'web']) {
    const { selector, template } = workload(objects, name)
    expect(selector.matchLabels).toEqual({ 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': NAMESPACE })
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    expect(find(objects, 'Service', name).spec).toMatchObject({ selector: selector.matchLabels })
    expect(find(objects, 'PodDisruptionBudget', name).spec).toMatchObject({ selector, maxUnavailable: 1 })
    expect(workload(await render(SMALL), name).selector).toEqual(selector)
  }
})

test('several pods prefer different nodes, and one needs none', async () => {
  const [large, small] = [await render(LARGE), await render(SMALL)]
  expect(workload(large, 'api').template.spec.affinity).toEqual({
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: workload(large, 'api').selector.matchLabels },
          },
        },
      ],
    },
  })
  expect(workload(small, 'api').template.spec.affinity).toBeUndefined()
})

test('settings of the API make new pods of it, and of nothing else', async () => {
  const annotations = async (values: Record<string, unknown>, name: string) =>
    workload(await render(values), name).template.metadata.annotations
  const changed = { limits: { users: 30 } }
  expect(await annotations(changed, 'api')).not.toEqual(await annotations({}, 'api'))
  expect(await annotations({ web: { replicas: 3 } }, 'api')).toEqual(await annotations({}, 'api'))
  expect(await annotations(changed, 'web')).toBeUndefined()
})

test('a pod leaves its Service before it stops, and a new one serves before an old one goes', async () => {
  const objects = await render()
  for (const name of ['api', 'web']) {
    expect(workload(objects, name)).toMatchObject({
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [{ lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
        },
      },
    })
  }
})

test.each([
  ['the default certificate of the ingress controller', {}, undefined, undefined],
  ['a given certificate', { tlsSecretName: 'acme-tls' }, 'acme-tls', undefined],
  ['a certificate from cert-manager', { clusterIssuer: 'letsencrypt' }, 'tls', 'letsencrypt'],
  ['one of cert-manager in a given place', { clusterIssuer: 'le', tlsSecretName: 'acme-tls' }, 'acme-tls', 'le'],
])('the way in: %s', async (_, exposure, secretName, issuer) => {
  const ingress = find(await render({ exposure }), 'Ingress', 'app')
  const backend = (name: string) => ({ service: { name, port: { name: 'http' } } })
  expect(ingress.metadata.annotations?.['cert-manager.io/cluster-issuer']).toBe(issuer)
  expect(ingress.spec).toEqual({
    tls: [{ hosts: ['acme.example.com'], ...(secretName === undefined ? {} : { secretName }) }],
    rules: [
      {
        host: 'acme.example.com',
        http: {
          paths: [
            { path: '/api', pathType: 'Prefix', backend: backend('api') },
            { path: '/', pathType: 'Prefix', backend: backend('web') },
          ],
        },
      },
    ],
  })
})
