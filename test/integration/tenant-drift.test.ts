/** What people and other controllers do to the objects of an installed tenant, and what becomes of it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Operator } from '../../src/controllers/operator.ts'
import { REWRITES } from '../../src/controllers/rewrite-budget.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
let operator: Operator
beforeAll(async () => {
  environment = await startEnvironment('drift')
  await environment.apply(...historyPolicy)
  await eventually(
    () => wouldBeMutated(),
    limit => limit === 7,
  )
  await environment.apply(planManifest('small'), tenantManifest('acme'))
  operator = await environment.startOperator()
  await settled()
})
afterAll(() => environment?.stop())

const NAMESPACE = 'tenant-acme'

/** An admission mutator that changes what the chart says. */
const historyPolicy = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'history' },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE', 'UPDATE'] },
        ],
      },
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: 'Object{spec: Object.spec{revisionHistoryLimit: 7}}' },
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'history' },
    spec: { policyName: 'history' },
  },
]

async function wouldBeMutated(): Promise<unknown> {
  const args = ['create', 'deployment', 'x', '--image=x', '-n', 'default', '--dry-run=server', '-o']
  return Number(await environment.kubectl([...args, 'jsonpath={.spec.revisionHistoryLimit}']))
}

async function settled(revision = 1): Promise<void> {
  await eventually(
    () => environment.get('tenants.tenantry.dev', 'acme'),
    found => {
      const { ReleaseReady, Drifted } = conditionsOf(found)
      const { release } = (found?.status ?? {}) as { release?: { revision?: number } }
      return ReleaseReady === 'True Deployed' && Drifted === 'False InSync' && release?.revision === revision
    },
  )
}

const kubectl = (...args: string[]) => environment.kubectl([...args, '-n', NAMESPACE])
const patch = (what: string, change: object, manager = 'kubectl-edit', ...more: string[]) =>
  kubectl(
    'patch',
    ...what.split(' '),
    '--type=merge',
    '-p',
    JSON.stringify(change),
    `--field-manager=${manager}`,
    ...more,
  )
const read = (what: string, path: string) => kubectl('get', ...what.split(' '), '-o', `jsonpath={${path}}`)

async function told(): Promise<string[]> {
  const events = await environment.list('events', 'default')
  return events.filter(({ reason }) => reason === 'PutBack').map(({ message }) => String(message))
}

async function putBack(message: string): Promise<void> {
  await eventually(told, messages => messages.includes(`${message}: put back.`))
  await settled()
}

test.each([
  ['Deployment api', 'deployment'],
  ['Service web', 'service'],
  ['ConfigMap api', 'configmap'],
  ['NetworkPolicy tenantry-dns', 'networkpolicy'],
  ['ResourceQuota tenantry', 'resourcequota'],
  ['RoleBinding tenantry-release', 'rolebinding'],
  ['RoleBinding tenantry-tenant-secrets', 'rolebinding'],
])('%s, deleted by hand, is there again', async (what, kind) => {
  const name = what.split(' ')[1] ?? ''
  const before = await environment.get(kind, name, NAMESPACE)
  await kubectl('delete', kind, name)
  await putBack(`${what} is gone`)
  const after = await environment.get(kind, name, NAMESPACE)
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
  expect(stable(after)).toEqual(stable(before))
})

/** What a manifest says of it, and not the API server. */
function stable(object: KubeObject | undefined): Record<string, unknown> {
  if (object === undefined) return {}
  const { metadata: _, status: __, ...content } = object
  const { clusterIP: ___, clusterIPs: ____, ...spec } = (object.spec ?? {}) as Record<string, unknown>
  return { ...content, ...(object.spec === undefined ? {} : { spec }) }
}

test('an image that somebody edited is the one of the plan again, and nothing is rendered for it', async () => {
  const renders = await count(/tenantry_helm_renders_total\{result="ok"\} (\d+)/g)
  const containers = [{ name: 'api', image: 'registry.example/api:evil' }]
  await kubectl(
    ...['patch', 'deployment', 'api', '--type=strategic', '--field-manager=kubectl-edit', '-p'],
    JSON.stringify({ spec: { template: { spec: { containers } } } }),
  )
  await putBack('Deployment api was edited by kubectl-edit')
  expect(await read('deployment api', '.spec.template.spec.containers[*].image')).toBe('registry.example/api:1.0.0')
  expect(await count(/tenantry_helm_renders_total\{result="ok"\} (\d+)/g)).toBe(renders)
})

test.each([
  ['a', 'Service web', { spec: { selector: { stray: 'x', 'app.kubernetes.io/component': 'x' } } }],
  ['b', 'ConfigMap api', { data: null, immutable: false }],
  ['c', 'ResourceQuota tenantry', { spec: { hard: { pods: '99' } } }],
  ['d', 'NetworkPolicy tenantry-default-deny', { spec: { policyTypes: ['Ingress'] } }],
  ['e', 'Namespace tenant-acme', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }],
  ['f', 'ServiceAccount tenantry-release', { metadata: { labels: { 'tenantry.dev/tenant': null, x: 'x' } } }],
])('what %s edits of %s is as it was', async (editor, what, change) => {
  const [kind = '', name = ''] = what.split(' ')
  const before = await environment.get(kind, name, NAMESPACE)
  await patch(`${kind} ${name}`, change, editor)
  await putBack(`${what} was edited by ${editor}`)
  const after = await environment.get(kind, name, NAMESPACE)
  expect(after).toMatchObject({ ...stable(before), metadata: { labels: before?.metadata.labels } })
})

test('a field that somebody removed is there again', async () => {
  await patch('resourcequota tenantry', { spec: { hard: { pods: null } } })
  await eventually(
    () => read('resourcequota tenantry', '.spec.hard.pods'),
    found => found === '20',
  )
  await eventually(told, messages => messages.filter(message => message.startsWith('ResourceQuota')).length === 3)
  await settled()
})

test('what others add stays: an annotation, a sidecar; and so does what a mutator changes', async () => {
  await patch('deployment api', { metadata: { annotations: { 'example.org/note': 'kept' } } })
  const containers = [{ name: 'sidecar', image: 'registry.example/mesh:1' }]
  await kubectl(
    ...['patch', 'deployment', 'api', '--type=strategic', '--field-manager=injector', '-p'],
    JSON.stringify({ spec: { template: { spec: { containers } } } }),
  )
  // By the time an edit made after them is put back, both have been looked at.
  await patch('serviceaccount web', { automountServiceAccountToken: true }, 'marker')
  await putBack('ServiceAccount web was edited by marker')
  expect((await told()).filter(message => /injector/.test(message))).toEqual([])
  await patch('deployment api', { spec: { strategy: { rollingUpdate: { maxSurge: 2 } } } }, 'somebody')
  await eventually(
    () => read('deployment api', '.spec.strategy.rollingUpdate.maxSurge'),
    found => found === '1',
  )
  await settled()
  const note = await read('deployment api', '.metadata.annotations.example\\.org/note')
  const names = await read('deployment api', '.spec.template.spec.containers[*].name')
  const limits = await read('deployment api', '.spec.revisionHistoryLimit')
  expect([note, names.split(' ').sort(), limits]).toEqual(['kept', ['api', 'sidecar'], '7'])
})

test('an autoscaler keeps its count of pods, also when the plan changes; a person does not', async () => {
  const scale = (replicas: number, manager: string) =>
    patch('deployment web', { spec: { replicas } }, manager, '--subresource=scale')
  await scale(3, 'kubectl')
  await putBack('Deployment web was edited by kubectl')
  expect(await read('deployment web', '.spec.replicas')).toBe('1')
  await scale(4, 'kube-controller-manager')
  await environment.apply(planManifest('small', { webImage: 'registry.example/web:2.0.0' }))
  await settled(2)
  await kubectl('label', 'deployment', 'web', 'app.kubernetes.io/name=x', '--overwrite', '--field-manager=labeller')
  await eventually(told, messages => messages.includes('Deployment web was edited by labeller: put back.'))
  expect(await read('deployment web', '.spec.replicas')).toBe('4')
  expect(await read('deployment web', '.spec.template.spec.containers[*].image')).toBe('registry.example/web:2.0.0')
})

test('a deleted Secret of the operator comes back with the next look', async () => {
  await kubectl('delete', 'secret', 'tenantry-jwt')
  await environment.kubectl(['annotate', 'tenant', 'acme', 'example.org/look=now'])
  await eventually(told, messages => messages.includes('Secret tenantry-jwt is gone: put back.'))
  expect((await environment.get('secret', 'tenantry-jwt', NAMESPACE))?.kind).toBe('Secret')
})

test('what was edited while no operator ran is put back when one does', async () => {
  await operator.stop()
  await patch('deployment api', { spec: { minReadySeconds: 5, paused: true } }, 'night-shift')
  await patch('serviceaccount api', { automountServiceAccountToken: true }, 'night-shift')
  operator = await environment.startOperator()
  await eventually(told, messages => messages.includes('ServiceAccount api was edited by night-shift: put back.'))
  expect(await read('serviceaccount api', '.automountServiceAccountToken')).toBe('false')
  expect((await told()).filter(message => message === 'Deployment api was edited by night-shift: put back.')).toEqual(
    [],
  )
})

test('a controller that rewrites a field is named, and not fought', async () => {
  const applied = () => count(/verb="apply",resource="services"[^}]*\} (\d+)/g)
  const before = await applied()
  const rival = async () => {
    const port = await read('service api', '.spec.ports[0].targetPort')
    if (port === 'http') await kubectl(...rivalPatch)
    return conditionsOf(await environment.get('tenants.tenantry.dev', 'acme')).Drifted
  }
  await eventually(rival, found => found === 'True Fought')
  const message = 'Service api was edited by rival'
  const messageOf = (type: string) =>
    environment.kubectl(['get', 'tenant', 'acme', '-o', `jsonpath={.status.conditions[?(@.type=="${type}")].message}`])
  expect(await messageOf('Drifted')).toContain(message)
  expect(await messageOf('Ready')).toContain(message)
  await environment.kubectl(['annotate', 'tenant', 'acme', 'example.org/look=again', '--overwrite'])
  await kubectl('delete', 'networkpolicy', 'tenantry-database')
  await eventually(told, messages => messages.includes('NetworkPolicy tenantry-database is gone: put back.'))
  expect(await read('service api', '.spec.ports[0].targetPort')).toBe('8099')
  expect((await applied()) - before).toBe(REWRITES)
  const events = await environment.list('events', 'default')
  expect(events.filter(({ reason }) => reason === 'Fought')).toHaveLength(1)
})

const rivalPatch = [
  ...['patch', 'service', 'api', '--type=json', '--field-manager=rival'],
  ...['-p', '[{"op":"replace","path":"/spec/ports/0/targetPort","value":8099}]'],
]

/** The sum of what matches in the operator's metrics. */
async function count(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`)).text()
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0)
}
