import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { answeringKube } from '../../test/make/answering-kube.ts'
import { administer, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { MANIFEST_SPEC } from '../../test/make/proxmox-cluster.ts'
import { makeLease } from '../../test/make/slice.ts'
import { TENANT } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { markText } from '../plan/proxmox-mark.ts'
import type { ProxmoxError } from '../proxmox/errors.ts'
import { cluster } from '../proxmox/routes/cluster.ts'
import type { Token } from '../proxmox/token.ts'
import { knownCluster } from './known-cluster.ts'
import { reconcileProxmoxCluster } from './proxmox-cluster.ts'
import { createProxmoxConnections, type ProxmoxConnections } from './proxmox-connections.ts'
import { createStatusWriter } from './status-writer.ts'

const open: ProxmoxConnections[] = []
afterEach(() => Promise.all(open.splice(0).map(connections => connections.close())))

function secretWith(data: Record<string, string>): object {
  return { data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])) }
}

interface Server {
  readonly urls: readonly string[]
  readonly fingerprint: string
}

function clusterObject({ urls, fingerprint }: Server, given: Partial<KubeObject> = {}): KubeObject {
  const spec = { ...MANIFEST_SPEC, endpoints: urls, tls: { fingerprints: [fingerprint] } }
  const metadata = { name: 'proxmox', uid: 'u1', generation: 1, creationTimestamp: '2026-11-21T12:00:00Z' }
  return { apiVersion: names.API_VERSION, kind: 'ProxmoxCluster', metadata, spec, ...given }
}

const AA = Array(32).fill('AA').join(':')
const NOBODY: Server = { urls: ['https://127.0.0.1:1'], fingerprint: AA }

/** Passes over the first of these objects, and what they write. */
function given(
  objects: readonly KubeObject[],
  secret: () => object | number,
  time = '12:30',
  networkLeases: readonly KubeObject[] = [],
) {
  const { kube, bodies, asked } = answeringKube(what => (what.startsWith('get Secret') ? secret() : {}))
  const events: string[] = []
  const lines: string[] = []
  const cache = makeCache({ proxmoxClusters: objects, networkLeases })
  const connections = createProxmoxConnections({
    kube,
    namespace: 'tenantry-system',
    mayWrite: () => true,
    known: name => knownCluster(cache, name),
  })
  open.push(connections)
  const writeStatus = createStatusWriter<ProxmoxClusterStatus>({
    kube,
    recordEvent: (_, { type, reason }) => void events.push(`${type} ${reason}`),
  })
  const logger = pino({}, { write: line => void lines.push(line) })
  const ports = { cache, connections, writeStatus, logger, now: () => `2026-11-21T${time}:00Z` }
  return {
    events,
    lines,
    bodies,
    asked,
    async pass() {
      const outcome = await reconcileProxmoxCluster(ports, objects[0]?.metadata.name ?? '')
      const { status } = (bodies.at(-1) ?? {}) as { status?: ProxmoxClusterStatus }
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')
      return { outcome, status, ready: `${ready?.status} ${ready?.reason}`, message: ready?.message }
    },
  }
}

const credentials = ({ id, secret }: Token) => secretWith({ tokenId: id, tokenSecret: secret })

test('a prepared cluster is Ready, and what was found is in its status', async () => {
  const { server, token, root } = await preparedProxmox()
  await root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '120' })
  const world = given([clusterObject(server)], () => credentials(token))
  const { outcome, status, ready } = await world.pass()
  expect([outcome, ready]).toEqual([{ end: 'done' }, 'True Connected'])
  const { conditions, nodes, ...facts } = status ?? {}
  expect(facts).toEqual({
    observedGeneration: 1,
    version: '9.2.11',
    tokenId: token.id,
    nodesOnline: '1/1',
    templates: [{ vmid: 9000, name: 'debian-12', node: 'pve1', type: 'qemu' }],
    vlans: { free: 99, total: 100 },
    vmids: { free: 10_000, total: 10_000 },
    missingRights: [],
    excessRights: [],
  })
  expect(nodes).toEqual([{ name: 'pve1', online: true, fingerprint: expect.stringMatching(/^(?:[0-9A-F]{2}:){31}/) }])
  expect(conditions).toHaveLength(5)
  expect(world.events).toEqual(['Normal Connected'])
})

test('rights that are missing are told with the command that grants them, and that is enough', async () => {
  const { server, token, root } = await preparedProxmox()
  await root.data('PUT', '/access/acl', {
    path: '/sdn',
    roles: 'TenantryNetworkApply',
    users: 'operator@pve',
    delete: '1',
  })
  const world = given([clusterObject(server)], () => credentials(token))
  const { outcome, ready, status } = await world.pass()
  expect([outcome, ready]).toEqual([{ end: 'backoff', reason: 'MissingRights' }, 'False MissingRights'])
  expect(status?.missingRights).toMatchObject([{ path: '/sdn', privileges: ['SDN.Allocate'] }])
  await administer(root, status?.missingRights?.[0]?.command ?? '')
  expect((await world.pass()).ready).toBe('True Connected')
})

test('a token that could take over the cluster is warned of, once', async () => {
  const { server, token, root } = await preparedProxmox()
  await administer(root, 'pveum acl modify /access/groups --roles TenantryUsers --users operator@pve')
  const world = given([clusterObject(server)], () => credentials(token))
  const { ready, status } = await world.pass()
  expect(ready).toBe('True Connected')
  expect(world.events).toEqual(['Normal Connected', 'Warning RightsTooMany'])
  const again = given([clusterObject(server, { status: { ...status } })], () => credentials(token))
  await again.pass()
  expect([again.events, again.bodies.filter(Boolean)]).toEqual([[], []])
})

test.each<[string, object | number, string, string]>([
  ['the Secret may not be read', 403, 'False CredentialsForbidden', 'Cannot get Secret tenantry-system/proxmox-token'],
  ['there is no Secret', 404, 'False CredentialsMissing', 'no Secret proxmox-token in namespace tenantry-system'],
  [
    'the Secret lacks a key',
    secretWith({ tokenId: 'operator@pve!k8s' }),
    'False CredentialsInvalid',
    'the key tokenSecret is missing',
  ],
])('where %s, that is named', async (_, secret, ready, text) => {
  const found = await given([clusterObject(NOBODY)], () => secret).pass()
  expect(found).toMatchObject({ ready, message: expect.stringContaining(text) })
})

test('a cluster that nobody answers for is Unreachable, and one with another certificate Untrusted', async () => {
  const { server, token } = await preparedProxmox()
  const untrusted = await given([clusterObject({ ...server, fingerprint: AA })], () => credentials(token)).pass()
  expect(untrusted).toMatchObject({ ready: 'False Untrusted', message: expect.stringContaining(server.fingerprint) })
  const gone = await given([clusterObject(NOBODY)], () => credentials(token)).pass()
  expect(gone).toMatchObject({ ready: 'False Unreachable', message: expect.stringContaining('ECONNREFUSED') })
})

test('with one of two nodes away it is told, and when that node is back all is well', async () => {
  const { server, token, root } = await preparedProxmox({ nodes: 2 })
  const world = given([clusterObject(server)], () => credentials(token))
  expect((await world.pass()).ready).toBe('True Connected')
  server.nodeDown('pve2')
  expect(await world.pass()).toMatchObject({
    ready: 'False NodesOffline',
    message: expect.stringContaining('Away: pve2'),
  })
  server.nodeUp('pve2')
  await administer(root, 'pveum acl modify / --roles TenantryNodes --users operator@pve --propagate 0')
  expect((await world.pass()).ready).toBe('True Connected')
  server.nodeDown('pve1')
  expect(await world.pass()).toMatchObject({ ready: 'False NoQuorum', message: expect.stringContaining('Away: pve1') })
})

test('a token that was rotated in its Secret is used from the next pass on, and neither is told', async () => {
  const { server, token, root } = await preparedProxmox()
  let secret = credentials(token)
  const world = given([clusterObject(server)], () => secret)
  expect((await world.pass()).ready).toBe('True Connected')
  const { value } = await root.data('PUT', '/access/users/operator@pve/token/k8s', { regenerate: '1' })
  expect((await world.pass()).ready).toBe('False TokenRefused')
  secret = credentials({ ...token, secret: value })
  expect((await world.pass()).ready).toBe('True Connected')
  const told = JSON.stringify([world.bodies, world.lines, world.events])
  for (const each of [token.secret, value]) expect(told).not.toContain(each)
})

test('a second ProxmoxCluster with the same cluster is refused, under whatever address', async () => {
  const { server, token } = await preparedProxmox()
  const nodes = [{ name: 'pve1', online: true, fingerprint: server.fingerprint }]
  const first = clusterObject(NOBODY, {
    metadata: { name: 'first', uid: 'u0', generation: 1, creationTimestamp: '2026-11-20T12:00:00Z' },
    status: { observedGeneration: 1, nodes },
  })
  const second = clusterObject(server)
  const { outcome, ready, message, status } = await given([second, first], () => credentials(token)).pass()
  expect([outcome.end, ready]).toEqual(['backoff', 'False SameCluster'])
  expect(message).toContain('ProxmoxCluster "first", which is older')
  const again = given([{ ...second, status: { ...status } }, first], () => credentials(token), '12:31')
  await again.pass()
  expect(again.bodies.filter(Boolean)).toEqual([])
  const unknown = given([second, { ...first, status: {} }], () => credentials(token))
  expect((await unknown.pass()).ready).toBe('True Connected')
})

test('a second ProxmoxCluster that is edited to be another cluster is looked at anew', async () => {
  const { server, token } = await preparedProxmox()
  const nodes = [{ name: 'pve1', online: true, fingerprint: AA }]
  const first = clusterObject(NOBODY, {
    metadata: { name: 'first', uid: 'u0', generation: 1, creationTimestamp: '2026-11-20T12:00:00Z' },
    status: { observedGeneration: 1, nodes },
  })
  const edited = clusterObject(server, { status: { observedGeneration: 0, nodes } })
  expect((await given([edited, first], () => credentials(token)).pass()).ready).toBe('True Connected')
})

test('another cluster than the one in which tenants have something is left alone until somebody says that it is meant', async () => {
  const { server, token, root } = await preparedProxmox()
  const secret = () => credentials(token)
  const before = (name: string) => ({ observedGeneration: 1, nodes: [{ name, online: true, fingerprint: AA }] })
  const edited = clusterObject(server, { status: before('prod1') })
  const other = await given([edited], secret, '12:30', [makeLease()]).pass()
  expect([other.outcome, other.ready]).toEqual([{ end: 'backoff', reason: 'OtherCluster' }, 'False OtherCluster'])
  expect(other.status?.nodes).toEqual(before('prod1').nodes)
  const hint = /tenantry\.dev\/accept-cluster=(\S+) --overwrite/.exec(other.message ?? '')?.[1] ?? ''
  const annotations = { 'tenantry.dev/accept-cluster': hint }
  const meant = { ...edited, metadata: { ...edited.metadata, annotations } }
  expect((await given([meant], secret, '12:30', [makeLease()]).pass()).ready).toBe('True Connected')
  // Nobody has anything there: any cluster will do.
  expect((await given([edited], secret).pass()).ready).toBe('True Connected')

  const renewed = clusterObject(server, { status: before('pve1') })
  expect((await given([renewed], secret, '12:30', [makeLease()]).pass()).ready).toBe('False OtherCluster')
  const comment = markText({ installation: 'here', tenant: TENANT })
  await root.data('POST', '/pools', { poolid: 'tenants/acme', comment })
  expect((await given([renewed], secret, '12:30', [makeLease()]).pass()).ready).toBe('True Connected')
})

test('an invalid spec waits for an edit', async () => {
  const world = given([clusterObject({ urls: ['http://pve1'], fingerprint: AA })], () => 404)
  const { outcome, ready, message } = await world.pass()
  expect(outcome).toEqual({ end: 'terminal', reason: 'InvalidSpec' })
  expect(ready).toBe('False InvalidSpec')
  expect(message).toContain('spec.endpoints[0]: must be https://host:port')
})

test('a connection that nobody asks for any more is closed, and made anew when somebody does', async () => {
  const { kube } = answeringKube(() => credentials({ id: 'operator@pve!k8s', secret: '12345678' }))
  const connections = createProxmoxConnections({
    kube,
    namespace: 'tenantry-system',
    mayWrite: () => true,
    known: () => undefined,
    idleMs: 30,
  })
  open.push(connections)
  const spec = clusterObject(NOBODY).spec as ProxmoxClusterSpec
  const { proxmox } = await connections.open('proxmox', spec)
  const known = async () => proxmox?.call(cluster.getStatus, {}).catch((error: ProxmoxError) => error.kind)
  await expect.poll(known).toBe('closed')
  expect((await connections.open('proxmox', spec)).proxmox).not.toBe(proxmox)
})
