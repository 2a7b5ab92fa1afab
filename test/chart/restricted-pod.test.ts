import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/plan/object.ts'
import { render } from './rendering.ts'
import { type Container, type PodSpec, podSecurityViolations } from './restricted-pod.ts'

const CONTAINER: Container = {
  name: 'app',
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  },
}
const POD: PodSpec = { containers: [CONTAINER], securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }

function podOf(object: KubeObject): PodSpec | undefined {
  return (object.spec as { template?: { spec: PodSpec } } | undefined)?.template?.spec
}

test('every pod of the chart is restricted', async () => {
  const pods = (await render()).flatMap(object => podOf(object) ?? [])
  expect(pods.length).toBe(2)
  expect(pods.flatMap(podSecurityViolations)).toEqual([])
})

test('no pod of the chart can talk to the API server', async () => {
  const objects = await render()
  const mounts = objects
    .flatMap(object => podOf(object) ?? object)
    .map(automounts)
    .filter(value => value !== undefined)
  expect(mounts).toEqual([false, false, false, false])
})

function automounts(value: object): unknown {
  return (value as { automountServiceAccountToken?: boolean }).automountServiceAccountToken
}

function withContext(securityContext: Container['securityContext']): PodSpec {
  return {
    ...POD,
    containers: [{ ...CONTAINER, securityContext: { ...CONTAINER.securityContext, ...securityContext } }],
  }
}

test.each<[string, PodSpec]>([
  ['the pod: shares no namespace with its node', { ...POD, hostNetwork: true }],
  ['the pod: has allowed volumes only', { ...POD, volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
  ['the pod: sets no kernel parameters', { ...POD, securityContext: { ...POD.securityContext, sysctls: [{}] } }],
  ['the pod: does not run as root', { ...POD, securityContext: { ...POD.securityContext, runAsUser: 0 } }],
  ['app: is not privileged', withContext({ privileged: true })],
  ['app: cannot gain privileges', withContext({ allowPrivilegeEscalation: true })],
  ['app: must not run as root', withContext({ runAsNonRoot: false })],
  ['app: has a seccomp profile', { ...POD, securityContext: {} }],
  ['app: drops all capabilities', withContext({ capabilities: { drop: ['NET_RAW'] } })],
  ['app: adds no capability', withContext({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })],
  ['app: takes no port of its node', { ...POD, containers: [{ ...CONTAINER, ports: [{ hostPort: 80 }] }] }],
  ['app: masks /proc', withContext({ procMount: 'Unmasked' })],
  ['app: writes nowhere but in its volumes', withContext({ readOnlyRootFilesystem: false })],
])('a pod that breaks a rule is found: %s', (rule, pod) => {
  expect(podSecurityViolations(pod)).toEqual([rule])
})
