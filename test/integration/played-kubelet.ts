/**
 * Plays a node's kubelet. None runs here: pods are made by the controller manager and never start. What a kubelet would
 * say of a pod is written into its status, and the API server is answered when it asks for a log. The status of a Job
 * remains that of the real Job controller.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { eventually } from './operator-environment.ts'

type Kubectl = (args: readonly string[], input?: string) => Promise<string>

export type Phase = 'Succeeded' | 'Failed' | 'Running'

export interface PlayedKubelet {
  readonly node: string
  /** What containers have written, by the name of the container. */
  readonly logs: Map<string, string>
  /** Lets the pod of a Job end, or begin, as soon as it is there. */
  endJob(namespace: string, job: string, phase: Phase): Promise<void>
  endPod(namespace: string, pod: string, phase: Phase): Promise<void>
  stop(): void
}

const NODE = 'played'

export async function playKubelet(kubectl: Kubectl): Promise<PlayedKubelet> {
  const logs = new Map<string, string>()
  const authority = await createAuthority('played')
  const { certificate: cert, key } = await issueCertificate(authority, { commonName: NODE, ipAddresses: ['127.0.0.1'] })
  const server = createServer({ cert, key }, (request, response) => {
    const [, asked, , , container = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    response.statusCode = asked === 'containerLogs' ? 200 : 404
    response.end(logs.get(container) ?? '')
  })
  const port = await new Promise<number>(resolve =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }))
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }]
  await patchStatus(kubectl, ['node', NODE], { addresses, daemonEndpoints: { kubeletEndpoint: { Port: port } } })

  const setPhase = ({ metadata: { namespace = '', name }, spec }: KubeObject, phase: Phase) => {
    const { containers } = spec as { containers: { name: string; image: string }[] }
    return patchStatus(kubectl, ['pod', name, '-n', namespace], podStatus(phase, containers))
  }
  return {
    node: NODE,
    logs,
    async endPod(namespace, pod, phase) {
      await setPhase(JSON.parse(await kubectl(['get', 'pod', pod, '-n', namespace, '-o', 'json'])), phase)
    },
    async endJob(namespace, job, phase) {
      const selector = `batch.kubernetes.io/job-name=${job}`
      const pods = await eventually(
        async () => openPods(await kubectl(['get', 'pods', '-n', namespace, '-l', selector, '-o', 'json'])),
        ([pod]) => pod !== undefined,
      )
      for (const pod of pods) await setPhase(pod, phase)
    },
    stop: () => void server.close(),
  }
}

/** As the real one reports a pod that is never restarted. */
function podStatus(phase: Phase, containers: readonly { name: string; image: string }[]) {
  const runs = phase === 'Running'
  const { reason, ...state } = STATES[phase]
  const unready = (type: string) => ({ type, status: runs ? 'True' : 'False', ...(runs ? {} : { reason }) })
  return {
    phase,
    conditions: [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Initialized', status: 'True' },
      ...['ContainersReady', 'Ready'].map(unready),
    ],
    containerStatuses: containers.map(({ name, image }) => ({
      ...{ name, image, imageID: '', ready: runs, started: runs, restartCount: 0, lastState: {}, state },
    })),
  }
}

const STATES = {
  Running: { reason: '', running: {} },
  Succeeded: { reason: 'PodCompleted', terminated: { exitCode: 0, reason: 'Completed' } },
  Failed: { reason: 'PodFailed', terminated: { exitCode: 1, reason: 'Error' } },
}

async function patchStatus(kubectl: Kubectl, what: readonly string[], status: object): Promise<void> {
  await kubectl(['patch', ...what, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })])
}

function openPods(json: string): KubeObject[] {
  const { items } = JSON.parse(json) as { items: KubeObject[] }
  return items.filter(({ metadata, status }) => {
    const { phase = 'Pending' } = (status ?? {}) as { phase?: string }
    return metadata.deletionTimestamp === undefined && ['Pending', 'Running'].includes(phase)
  })
}
