import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { binary } from '../binaries/binary.ts'
import { type Certificate, createAuthority, issueCertificate } from '../control-plane/certificate.ts'
import { observePrograms } from '../control-plane/process.ts'
import { type HostSnapshot, hostSnapshot } from '../host-snapshot.ts'
import { silentProgress } from '../progress.ts'
import type { Cluster } from '../provider.ts'
import { stateDirOf, stateRoot } from '../state.ts'
import { nodeProvider } from './provider.ts'

const minuteMs = 60_000
/** The first run on a machine builds programs and images. */
const firstRunMs = 40 * minuteMs

const name = 'nodetest'
const host = 'dns.localhost'
const stateDir = stateDirOf(name)
const options = { name, stateDir, progress: silentProgress }
const reason = await nodeProvider.unavailable()
let before: HostSnapshot
let cluster: Cluster

beforeEach(context => context.skip(reason !== undefined, reason))
beforeAll(async () => {
  if (reason !== undefined) return
  await nodeProvider.down(options)
  before = await snapshot()
})
afterAll(() => nodeProvider.down(options), minuteMs)

test(
  'up brings a node that is ready, with everything that it is given from the start',
  async () => {
    cluster = await nodeProvider.up(options)
    expect(cluster).toEqual({
      name,
      provider: 'node',
      kubeconfig: join(stateDir, 'kubeconfig'),
      httpsPort: expect.any(Number),
      httpPort: expect.any(Number),
    })
    const ready = 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.status.readyReplicas}{"\\n"}{end}'
    expect((await kubectl('get', 'deployments', '-A', '-o', ready)).split('\n')).toEqual([
      'cnpg-system/cnpg-controller-manager 1',
      'kube-system/coredns 1',
      'traefik/traefik 1',
    ])
  },
  firstRunMs,
)

test('up finds a healthy cluster, and starts no other', async () => {
  const before = supervisor()
  expect(await nodeProvider.up(options)).toEqual(cluster)
  expect(supervisor()).toEqual(before)
})

test(
  'claims get volumes; with their claim they go, or stay, as the reclaim policy says',
  async () => {
    await apply(...podWithClaim('kept'), ...podWithClaim('gone'))
    await kubectl('wait', '--for=condition=Ready', 'pod/kept', 'pod/gone', '--timeout=60s')
    const [kept, gone] = await Promise.all([volumeOf('kept'), volumeOf('gone')])
    await kubectl('patch', `pv/${kept}`, '-p', '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}')
    const file = (volume: string) => join(stateDir, 'volumes', volume, 'file')
    await vi.waitFor(() => expect(readFileSync(file(gone), 'utf8')).toBe('written by gone\n'), 10_000)

    await kubectl('delete', 'pod/kept', 'pod/gone', 'pvc/kept', 'pvc/gone', '--now', '--timeout=60s')
    await kubectl('wait', '--for=delete', `pv/${gone}`, '--timeout=30s')
    expect(existsSync(join(stateDir, 'volumes', gone))).toBe(false)
    expect(await kubectl('get', `pv/${kept}`, '-o', 'jsonpath={.status.phase}')).toBe('Released')
    expect(readFileSync(file(kept), 'utf8')).toBe('written by kept\n')
  },
  3 * minuteMs,
)

test(
  'a bound claim can be enlarged',
  async () => {
    await apply(...podWithClaim('growing'))
    await kubectl('wait', '--for=condition=Ready', 'pod/growing', '--timeout=60s')
    await kubectl('patch', 'pvc/growing', '-p', '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}')
    await kubectl('wait', '--for=jsonpath={.status.capacity.storage}=2Gi', 'pvc/growing', '--timeout=30s')
    expect(await kubectl('get', `pv/${await volumeOf('growing')}`, '-o', 'jsonpath={.spec.capacity.storage}')).toBe(
      '2Gi',
    )
  },
  2 * minuteMs,
)

test(
  'an Ingress is answered on a port of the machine, with the certificate that it names',
  async () => {
    const authority = await createAuthority('test')
    await apply(...ingressToDns(await issueCertificate(authority, { commonName: host, dnsNames: [host] })))
    const ask = () => fetchFromIngress(authority.certificate, '/health')
    await vi.waitFor(async () => expect(await ask()).toBe('OK'), 20_000)
  },
  minuteMs,
)

test('names of services resolve inside, and nothing outside can be reached', async () => {
  const inPod = (...command: string[]) => kubectl('exec', 'growing', '--', ...command)
  expect(await inPod('getent', 'hosts', 'traefik.traefik')).toMatch(/^10\.96\.0\.20 /)
  await expect(inPod('getent', 'hosts', 'example.com')).rejects.toThrow('exit code 2')
})

test('when the supervisor is killed, nothing of the node is left running', async () => {
  const { processes, cgroups } = await snapshot()
  expect(processes.length).toBeGreaterThan(before.processes.length + 10)
  expect(cgroups.length).toBeGreaterThan(before.cgroups.length)
  process.kill(supervisor()?.pid ?? 0, 'SIGKILL')
  await vi.waitFor(async () => expect((await snapshot()).processes).toEqual(before.processes), 10_000)
  const { mounts, interfaces, iptables, settings } = await snapshot()
  expect({ mounts, interfaces, iptables, settings }).toEqual({
    mounts: before.mounts,
    interfaces: before.interfaces,
    iptables: before.iptables,
    settings: before.settings,
  })
})

test(
  'up starts anew after that',
  async () => {
    cluster = await nodeProvider.up(options)
    expect(await kubectl('get', 'pvc', '-A', '-o', 'name')).toBe('')
  },
  5 * minuteMs,
)

test(
  'after down the machine is as it was before',
  async () => {
    await nodeProvider.down(options)
    expect(await snapshot()).toEqual(before)
  },
  minuteMs,
)

function supervisor() {
  return observePrograms(stateDir).find(program => program.name === 'supervisor')
}

/** The state folder's name is in the command, the environment or the control group of all that belongs to the cluster. */
function snapshot(): Promise<HostSnapshot> {
  return hostSnapshot({ stateRoot, isOurs: line => line.includes(name) })
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa(await binary('kubectl'), ['--kubeconfig', join(stateDir, 'kubeconfig'), ...args])
  return stdout
}

async function apply(...objects: object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  await execa(await binary('kubectl'), ['--kubeconfig', join(stateDir, 'kubeconfig'), 'apply', '-f', '-'], {
    input: list,
  })
}

function volumeOf(claim: string): Promise<string> {
  return kubectl('get', `pvc/${claim}`, '-o', 'jsonpath={.spec.volumeName}')
}

function podWithClaim(title: string): object[] {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: title },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
  const container = {
    name: 'writer',
    image: 'tenantry.local/postgresql:15',
    command: ['sh', '-c', `echo written by ${title} > /data/file && exec sleep infinity`],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  }
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: title } }]
  return [
    claim,
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: title }, spec: { containers: [container], volumes } },
  ]
}

/** The cluster's DNS server has an HTTP endpoint, so no other program is needed. */
function ingressToDns({ certificate, key }: Certificate): object[] {
  const metadata = { name: 'dns', namespace: 'kube-system' }
  const ports = [{ port: 80, targetPort: 8080 }]
  const backend = { service: { name: 'dns', port: { number: 80 } } }
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] }
  const tls = [{ hosts: [host], secretName: metadata.name }]
  const stringData = { 'tls.crt': certificate, 'tls.key': key }
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', stringData },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { 'k8s-app': 'kube-dns' }, ports } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: { tls, rules: [{ host, http }] } },
  ]
}

function fetchFromIngress(ca: string, path: string): Promise<string> {
  const options = {
    host: '127.0.0.1',
    port: cluster.httpsPort,
    path,
    headers: { host },
    servername: host,
    ca,
    agent: false,
  }
  return new Promise((resolve, reject) => {
    get(options, response => text(response).then(resolve, reject)).on('error', reject)
  })
}
