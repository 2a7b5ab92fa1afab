/** Ways to break the application of a tenant, and the one line in which the tenant says why and what to do. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { conditionsOf, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest } from './tenant-manifest.ts'
import {
  type BrokenTenant,
  crashing,
  expectExplanation,
  inState,
  startTenant,
  unscheduled,
  waitingFor,
} from './tenant-nodes.ts'

let environment: OperatorEnvironment
let ingress: Server
beforeAll(async () => {
  environment = await startEnvironment('explain-application')
  await environment.apply(planManifest('small'), classyPlan())
  // Stands for the ingress controller: it answers for every host but one.
  ingress = createServer((request, response) => {
    response.writeHead(request.headers.host === 'sick.localhost' ? 503 : 200).end()
  })
  await new Promise<void>(resolve => ingress.listen(0, '127.0.0.1', resolve))
  const { port } = ingress.address() as AddressInfo
  await environment.startOperator({ 'probe-address': `http://127.0.0.1:${port}` })
})
afterAll(async () => {
  await environment?.stop()
  ingress?.close()
})

function classyPlan(): Record<string, unknown> {
  const plan = planManifest('classy') as { spec: Record<string, unknown> }
  return { ...plan, spec: { ...plan.spec, exposure: { ingressClassName: 'haproxy' } } }
}

const healthyButApi = (status: Record<string, unknown>) => async (tenant: BrokenTenant) => {
  await tenant.serve({ api: false })
  await tenant.reportPods('api', status)
}
/** What containerd and runc say, with all that they wrap it in. */
const LOOKUP =
  'failed to do request: Head "https://registry.example/v2/api/manifests/1.0.0": dial tcp: lookup registry.example: no such host'
const NOT_PULLED = `failed to pull and unpack image "registry.example/api:1.0.0": failed to resolve reference "registry.example/api:1.0.0": ${LOOKUP}`
const NO_PROGRAM =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown'
const NO_NAME =
  'Failed to apply default image tag "API:1": couldn\'t parse image name "API:1": invalid reference format: repository name (library/API) must be lowercase'

const WHOLE = 'Converged: Everything is as the spec and the plan say.'

interface Case {
  readonly tenant: string
  readonly spec?: Record<string, unknown>
  readonly by: (tenant: BrokenTenant) => Promise<void>
  readonly says: string
}

const cases: Case[] = [
  {
    tenant: 'image-missing',
    by: healthyButApi(
      inState(
        waitingFor(
          'ImagePullBackOff',
          `Back-off pulling image "registry.example/api:1.0.0": ErrImagePull: ${NOT_PULLED}`,
        ),
      ),
    ),
    says: 'ImagePullBackOff: api: container api: cannot pull "registry.example/api:1.0.0": failed to do request: Head "https://registry.example/v2/api/manifests/1.0.0": dial tcp: lookup registry.example: no such host. Correct the image in the plan, or let the nodes reach its registry.',
  },
  {
    tenant: 'image-name',
    by: healthyButApi(inState(waitingFor('InvalidImageName', NO_NAME))),
    says: `InvalidImageName: api: container api: ${NO_NAME}. Correct the image in the plan.`,
  },
  {
    tenant: 'crash',
    by: healthyButApi(crashing({ exitCode: 1, reason: 'Error', message: 'first\nno such table: users\n' })),
    says: 'CrashLoopBackOff: api: container api: ended with code 1: no such table: users. Read its log: kubectl logs -n tenant-crash deploy/api --previous',
  },
  {
    tenant: 'memory',
    by: healthyButApi(crashing({ exitCode: 137, reason: 'OOMKilled' })),
    says: 'OOMKilled: api: container api: ended with code 137 (OOMKilled). Raise its memory in the plan.',
  },
  {
    tenant: 'no-room',
    by: healthyButApi(unscheduled('0/3 nodes are available: 3 Insufficient cpu.')),
    says: 'Unschedulable: api: 0/3 nodes are available: 3 Insufficient cpu. Add capacity, or ask for less in the plan.',
  },
  {
    tenant: 'secret-gone',
    by: healthyButApi(inState(waitingFor('CreateContainerConfigError', 'secret "db-app" not found'))),
    says: 'CreateContainerConfigError: api: container api: secret "db-app" not found. Put back what it names.',
  },
  {
    tenant: 'no-program',
    by: healthyButApi(inState(waitingFor('RunContainerError', NO_PROGRAM))),
    says: 'StartError: api: container api: cannot be started: exec: "nope": executable file not found in $PATH. Correct its command or its image in the plan.',
  },
  {
    tenant: 'as-root',
    by: healthyButApi(
      inState(
        waitingFor(
          'CreateContainerConfigError',
          'container has runAsNonRoot and image will run as root (pod: "api-7f-a_tenant-as-root(00000000-0000-0000-0000-000000000000)", container: api)',
        ),
      ),
    ),
    says: 'RunsAsRoot: api: container api: container has runAsNonRoot and image will run as root. Set runAsUser in the values of the chart, or use an image that does not run as root.',
  },
  {
    tenant: 'mount',
    async by(tenant) {
      await healthyButApi(inState(waitingFor('ContainerCreating')))(tenant)
      const [pod] = await environment.list('pods', tenant.namespace)
      const message = 'MountVolume.SetUp failed for volume "database-ca" : secret "db-ca" not found'
      await tenant.reportEvent({ kind: 'Pod', name: pod?.metadata.name ?? '' }, 'FailedMount', message)
    },
    says: 'FailedMount: api: MountVolume.SetUp failed for volume "database-ca" : secret "db-ca" not found. Put back what it names.',
  },
  {
    tenant: 'not-ready',
    async by(tenant) {
      await healthyButApi({ ...inState({ running: {} }), podIP: '10.244.0.9', phase: 'Running' })(tenant)
      const [pod] = await environment.list('pods', tenant.namespace)
      const refused = 'Get "http://10.244.0.9:8080/api/readyz": dial tcp 10.244.0.9:8080: connect: connection refused'
      await tenant.reportEvent(
        { kind: 'Pod', name: pod?.metadata.name ?? '' },
        'Unhealthy',
        `Readiness probe failed: ${refused}`,
      )
    },
    says: 'NotReady: api: container api runs and is not ready: Readiness probe failed: Get "http://pod:8080/api/readyz": dial tcp pod:8080: connect: connection refused. Read its log: kubectl logs -n tenant-not-ready deploy/api',
  },
  {
    tenant: 'crash-as-symptom',
    async by(tenant) {
      await tenant.serve({ api: false, database: false })
      await tenant.reportDatabase({ phase: 'Setting up primary', phaseReason: 'Creating primary instance db-1' })
      await tenant.reportPods('api', crashing({ exitCode: 1, reason: 'Error', message: 'no database' }))
    },
    says: 'DatabaseProgressing: 0 of 1 database instances ready: Creating primary instance db-1',
  },
  {
    tenant: 'no-ingress',
    by: tenant => tenant.serve({ ingress: false }),
    says: 'NoAddress: No ingress controller of the default class has taken up no-ingress.localhost. Look whether an ingress controller runs, and whether it has this class.',
  },
  {
    tenant: 'no-class',
    spec: { plan: 'classy' },
    by: tenant => tenant.serve({ ingress: false }),
    says: 'NoAddress: No ingress controller of class haproxy has taken up no-class.localhost. Look whether an ingress controller runs, and whether it has this class.',
  },
  {
    tenant: 'sick',
    by: tenant => tenant.serve(),
    says: 'ProbeFailing: https://sick.localhost: / answers with status 503. Read its log: kubectl logs -n tenant-sick deploy/api',
  },
  {
    tenant: 'no-endpoint',
    async by(tenant) {
      await tenant.serve()
      await environment.kubectl(['delete', 'endpointslice', 'web-test', '-n', tenant.namespace])
    },
    says: 'NoEndpoints: Service web has no ready endpoint.',
  },
]

test('a tenant that nobody breaks is Ready here, so that what the others say is about what broke them', async () => {
  const tenant = await startTenant(environment, 'whole')
  await tenant.serve()
  await expectExplanation(tenant, WHOLE)
})

test.each(cases)('broken by $tenant, a tenant says $says', async ({ tenant: name, spec, by, says }) => {
  const tenant = await startTenant(environment, name, spec === undefined ? {} : { spec })
  await by(tenant)
  await expectExplanation(tenant, says)
})

test('a quota without room for a pod is told, whatever the pod is called', async () => {
  const tenant = await startTenant(environment, 'quota')
  const spec = JSON.stringify({ spec: { overrides: { quota: { memory: '1Mi' } } } })
  await environment.kubectl(['patch', 'tenants.tenantry.dev', 'quota', '--type=merge', '-p', spec])
  const hard = async () =>
    JSON.stringify((await environment.get('resourcequota', 'tenantry', tenant.namespace))?.status)
  await expect.poll(hard, { timeout: 20_000 }).toContain('"limits.memory":"1Mi"')
  await environment.kubectl(['delete', 'pods', '--all', '-n', tenant.namespace])
  // How much is used meanwhile is the API server's to count.
  const told =
    /^QuotaExceeded: api: a pod is forbidden: exceeded quota: tenantry, requested: .*, used: .*, limited: .*memory=1Mi\. Raise the quota in the plan or in spec\.overrides\.quota, or ask for less\.$/
  await expect.poll(() => tenant.explanation(), { timeout: 30_000, interval: 300 }).toMatch(told)
})

test('a broken tenant is on its way, and Ready when it is mended', async () => {
  const tenant = await startTenant(environment, 'mended')
  await healthyButApi(inState(waitingFor('ErrImagePull', 'no such image')))(tenant)
  await expectExplanation(
    tenant,
    'ImagePullBackOff: api: container api: no such image. Correct the image in the plan, or let the nodes reach its registry.',
  )
  expect(conditionsOf(await environment.get('tenants.tenantry.dev', 'mended'))).toMatchObject({
    Reconciling: 'True ImagePullBackOff',
    Stalled: 'False Progressing',
  })
  await tenant.serve()
  await expectExplanation(tenant, WHOLE)
})
