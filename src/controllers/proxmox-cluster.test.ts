import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { answeringKube } from '../../test/make/answering-kube.ts'
import { type AnsweringProxmox, answeringProxmox, TOKEN } from '../../test/make/answering-proxmox.ts'
import { answersOf, prepared } from '../../test/make/prepared-proxmox.ts'
import { enough, MANIFEST_SPEC, proxmoxObservation } from '../../test/make/proxmox-cluster.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { reconcileProxmoxCluster } from './proxmox-cluster.ts'
import { createProxmoxConnections, type ProxmoxConnections } from './proxmox-connections.ts'
import { createStatusWriter } from './status-writer.ts'

const open: ProxmoxConnections[] = []
afterEach(() => Promise.all(open.splice(0).map(connections => connections.close())))

function secretWith(data: Record<string, string>): object {
  return { data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])) }
}

const CREDENTIALS = secretWith({ tokenId: TOKEN.id, tokenSecret: TOKEN.secret })

function clusterObject(
  server: Pick<AnsweringProxmox, 'origin' | 'fingerprint'>,
  given: Partial<KubeObject> = {},
): KubeObject {
  const spec = { ...MANIFEST_SPEC, endpoints: [server.origin], tls: { fingerprints: [server.fingerprint] } }
  const metadata = { name: 'proxmox', uid: 'u1', generation: 1, creationTimestamp: '2026-11-21T12:00:00Z' }
  return { apiVersion: names.API_VERSION, kind: 'ProxmoxCluster', metadata, spec, ...given }
}

/** Passes over the first of these objects, and what they write. */
function given(objects: readonly KubeObject[], secret: () => object | number = () => CREDENTIALS) {
  const { kube, bodies, asked } = answeringKube(what => (what.startsWith('get Secret') ? secret() : {}))
  const events: string[] = []
  const lines: string[] = []
  const connections = createProxmoxConnections({ kube, namespace: 'tenantry-system', mayWrite: () => true })
  open.push(connections)
  const cache = makeCache({ proxmoxClusters: objects })
  const writeStatus = createStatusWriter<ProxmoxClusterStatus>({
    kube,
    recordEvent: (_, { type, reason }) => void events.push(`${type} ${reason}`),
  })
  const logger = pino({}, { write: line => void lines.push(line) })
  const ports = { cache, connections, writeStatus, logger, now: () => '2026-11-21T12:30:00Z' }
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

test('a prepared cluster is Ready, and what was found is in its status', async () => {
  const server = await answeringProxmox(answersOf(prepared()))
  const world = given([clusterObject(server)])
  const { outcome, status, ready } = await world.pass()
  expect([outcome, ready]).toEqual([{ end: 'done' }, 'True Connected'])
  const { conditions, ...facts } = status ?? {}
  expect(facts).toEqual({
    observedGeneration: 1,
    version: '9.2.11',
    tokenId: TOKEN.id,
    nodesOnline: '1/1',
    nodes: [{ name: 'pve1', online: true, fingerprint: 'AA:01' }],
    templates: [{ vmid: 9000, name: 'debian-12', node: 'pve1', type: 'qemu' }],
    vlans: { free: 99, total: 100 },
    vmids: { free: 10_000, total: 10_000 },
    missingRights: [],
    excessRights: [],
  })
  expect(conditions).toHaveLength(5)
  expect(world.events).toEqual(['Normal Connected'])
  expect(server.asked.length).toBeLessThanOrEqual(22)
})

const rights = Object.entries(enough(proxmoxObservation())).flatMap(([path, held]) =>
  Object.keys(held).map((privilege): [string, string] => [privilege, path]),
)

test.each(rights)('a token without %s on %s is told exactly that', async (privilege, path) => {
  const permissions = enough(proxmoxObservation())
  const { [privilege]: _, ...rest } = permissions[path] ?? {}
  const server = await answeringProxmox(answersOf(prepared({ ...permissions, [path]: rest })))
  const { outcome, status, ready } = await given([clusterObject(server)]).pass()
  expect([outcome.end, ready]).toEqual(['backoff', 'False MissingRights'])
  expect(status?.missingRights).toEqual([{ path, privileges: [privilege], command: expect.any(String) }])
})

test('a token that could take over the cluster is warned of, once', async () => {
  const permissions = { ...enough(proxmoxObservation()), '/access/groups': { 'User.Modify': true } }
  const server = await answeringProxmox(answersOf(prepared(permissions)))
  const world = given([clusterObject(server)])
  const { ready, status } = await world.pass()
  expect(ready).toBe('True Connected')
  expect(world.events).toEqual(['Normal Connected', 'Warning RightsTooMany'])
  const again = given([clusterObject(server, { status: { ...status } })])
  await again.pass()
  expect([again.events, again.bodies.filter(Boolean)]).toEqual([[], []])
})

test.each<[string, () => object | number, string, string]>([
  ['there is no Secret', () => 404, 'False CredentialsMissing', 'no Secret proxmox-token in namespace tenantry-system'],
  [
    'the Secret lacks a key',
    () => secretWith({ tokenId: TOKEN.id }),
    'False CredentialsInvalid',
    'the key tokenSecret is missing',
  ],
])('where %s, the key at fault is named', async (_, secret, ready, text) => {
  const found = await given([clusterObject({ origin: 'https://127.0.0.1:1', fingerprint: AA })], secret).pass()
  expect(found).toMatchObject({ ready, message: expect.stringContaining(text) })
})

const AA = Array(32).fill('AA').join(':')

test('a cluster that nobody answers for is Unreachable, and one with another certificate Untrusted', async () => {
  const server = await answeringProxmox(answersOf(prepared()))
  const untrusted = await given([clusterObject({ origin: server.origin, fingerprint: AA })]).pass()
  expect(untrusted).toMatchObject({ ready: 'False Untrusted', message: expect.stringContaining(server.fingerprint) })
  await server.stop()
  const gone = await given([clusterObject(server)]).pass()
  expect(gone).toMatchObject({ ready: 'False Unreachable', message: expect.stringContaining('ECONNREFUSED') })
})

test('a token that was rotated in its Secret is used from the next pass on', async () => {
  const rotated = '99999999-2222-3333-4444-555555555555'
  const answer = answersOf(prepared())
  const server = await answeringProxmox(asked =>
    asked.authorization.endsWith(rotated) ? answer(asked) : { status: 401, reason: 'Authentication failed!' },
  )
  let secret = CREDENTIALS
  const world = given([clusterObject(server)], () => secret)
  expect((await world.pass()).ready).toBe('False TokenRefused')
  secret = secretWith({ tokenId: TOKEN.id, tokenSecret: rotated })
  expect((await world.pass()).ready).toBe('True Connected')
  const told = JSON.stringify([world.bodies, world.lines, world.events])
  expect(told).not.toMatch(/11111111-2222|99999999-2222/)
})

test('a second ProxmoxCluster with the same cluster is refused, under whatever address', async () => {
  const server = await answeringProxmox(answersOf(prepared()))
  const nodes = [{ name: 'pve1', online: true, fingerprint: 'AA:01' }]
  const first = clusterObject(
    { origin: 'https://10.0.0.1:8006', fingerprint: AA },
    {
      metadata: { name: 'first', uid: 'u0', generation: 1, creationTimestamp: '2026-11-20T12:00:00Z' },
      status: { observedGeneration: 1, nodes },
    },
  )
  const { outcome, ready, message } = await given([clusterObject(server), first]).pass()
  expect([outcome.end, ready]).toEqual(['backoff', 'False SameCluster'])
  expect(message).toContain('ProxmoxCluster "first", which is older')
  expect((await given([clusterObject(server), { ...first, status: {} }]).pass()).ready).toBe('True Connected')
})

test('an invalid spec waits for an edit', async () => {
  const object = clusterObject({ origin: 'http://pve1', fingerprint: AA })
  const { outcome, ready, message } = await given([object]).pass()
  expect(outcome).toEqual({ end: 'terminal', reason: 'InvalidSpec' })
  expect(ready).toBe('False InvalidSpec')
  expect(message).toContain('spec.endpoints[0]: must be https://host:port')
})
