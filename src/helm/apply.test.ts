import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { desiredOf, releaseWorld } from '../../test/make/release-world.ts'
import { type KubeObject, refKey } from '../plan/object.ts'
import { applyRelease } from './apply.ts'
import { ABANDONED_AFTER_MS } from './approach.ts'
import { decodedRecord, recordRef } from './record.ts'

const a = makeConfigMap('a', { v: '1' })
const a2 = makeConfigMap('a', { v: '2' })
const b = makeConfigMap('b', { v: '1' })
const c = makeConfigMap('c', { v: '1' })
const RECORD = 'sh.helm.release.v1.tenant-acme'

test('a release is recorded before its first object and after its last, and its objects are written as its own account', async () => {
  const world = releaseWorld()
  expect(await world.apply([a, b])).toMatchObject({ outcome: 'done', revision: 1, pruned: [], foreign: [] })
  const writes = world.kube.calls.filter(({ verb }) => !['get', 'list'].includes(verb))
  expect(writes.map(({ verb, user, what }) => [verb, what.split('/').at(-1), user])).toEqual([
    ['create', 'tenant-acme', 'operator'],
    ['apply', 'a', 'system:serviceaccount:tenant-acme:tenantry-release'],
    ['apply', 'b', 'system:serviceaccount:tenant-acme:tenantry-release'],
    ['patch', 'tenant-acme', 'operator'],
    ['create', `${RECORD}.v1`, 'operator'],
  ])
})

test('a release as desired costs two reads and no render', async () => {
  const world = releaseWorld()
  await world.apply([a])
  const before = [world.kube.calls.length, world.renders()]
  expect(await world.apply([a])).toEqual({
    outcome: 'done',
    revision: 1,
    applied: [],
    pruned: [],
    foreign: [],
    grown: [],
  })
  expect(world.kube.calls.slice(before[0]).map(({ verb }) => verb)).toEqual(['get', 'list'])
  expect(world.renders()).toBe(before[1])
})

test('an upgrade writes what changed, prunes what is gone and supersedes the revision before', async () => {
  const world = releaseWorld()
  await world.apply([a, b, c])
  const before = world.writes().length
  await world.apply([a2, b])
  expect(world.writes().slice(before)).toEqual([
    'patch tenant-acme',
    'apply a',
    'delete c',
    `create ${RECORD}.v2`,
    `patch ${RECORD}.v1`,
  ])
  const { history, record } = await world.observe()
  expect(history.map(({ revision, status }) => [revision, status])).toEqual([
    [2, 'deployed'],
    [1, 'superseded'],
  ])
  expect(record).toMatchObject({ state: 'Deployed', revision: 2, inventory: [{ name: 'a' }, { name: 'b' }] })
  const first = world.kube.objects.get(refKey(recordRef(RELEASE, 1)))
  expect(first && decodedRecord(first).info.status).toBe('superseded')
})

test('an upgrade applies what nobody watches as well: it may have been deleted or edited since', async () => {
  const world = releaseWorld()
  const ports = { ...world.ports, isWatched: ({ kind }: { kind: string }) => kind !== 'Secret' }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'smtp' } }
  await applyRelease(ports, desiredOf([secret, a, b]))
  world.kube.remove({ ...secret, namespace: RELEASE.namespace, name: 'smtp' })
  const before = world.writes().length
  expect(await applyRelease(ports, desiredOf([secret, a2, b]))).toMatchObject({
    applied: [{ name: 'smtp' }, { name: 'a' }],
  })
  expect(
    world
      .writes()
      .slice(before)
      .filter(write => write.startsWith('apply')),
  ).toEqual(['apply smtp', 'apply a'])
  const { record } = await world.observe()
  expect(record).toMatchObject({ state: 'Deployed', inventory: [{ name: 'smtp' }, { name: 'a' }, { name: 'b' }] })
})

test.each(['Secret', 'PersistentVolumeClaim'])(
  'what others made of a %s stays until its own manifest changes, also through a revision that breaks off',
  async kind => {
    const world = releaseWorld()
    const ports = { ...world.ports, isWatched: (of: { kind: string }) => of.kind === 'ConfigMap' }
    const seed = (size: string) => ({ apiVersion: 'v1', kind, metadata: { name: 'store' }, spec: { size } })
    const job = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' } }
    const ref = { apiVersion: 'v1', kind, namespace: RELEASE.namespace, name: 'store' }
    await applyRelease(ports, desiredOf([seed('1'), a, job]))
    const applied = world.kube.objects.get(refKey(ref)) as KubeObject
    world.kube.put({ ...applied, spec: { size: '5' } })
    const sizeAfter = async (...objects: readonly KubeObject[]) => {
      await applyRelease(ports, desiredOf(objects))
      return world.kube.objects.get(refKey(ref))?.spec
    }
    expect(await sizeAfter(seed('1'), a2, job)).toEqual({ size: '5' })
    world.kube.disturb(({ verb, what }) => {
      if (verb === 'apply' && what.endsWith('/nightly')) throw new Error('the process ends')
    })
    await expect(sizeAfter(seed('1'), a, job)).rejects.toThrow('the process ends')
    world.kube.disturb(() => undefined)
    expect(await sizeAfter(seed('1'), a, job)).toEqual({ size: '5' })
    expect(await sizeAfter(seed('2'), a, job)).toEqual({ size: '2' })
  },
)

test('the inventory is written twice only where an object has other fields than before', async () => {
  const world = releaseWorld()
  await world.apply([a, b])
  const inventoryWrites = async (objects: readonly KubeObject[]) => {
    const before = world.writes().length
    await world.apply(objects)
    const { record } = await world.observe()
    expect(record).toMatchObject({ state: 'Deployed', inventory: [{ fields: expect.any(String) }, {}] })
    return world
      .writes()
      .slice(before)
      .filter(write => write === 'patch tenant-acme').length
  }
  expect(await inventoryWrites([a2, b])).toBe(1)
  expect(await inventoryWrites([makeConfigMap('a', { v: '2', w: '1' }), b])).toBe(2)
})

test('it is written once for an installation too, when an object of the same shape was applied before', async () => {
  const world = releaseWorld()
  await world.apply([a])
  const other = releaseWorld()
  const ports = { ...other.ports, fields: world.ports.fields }
  await applyRelease(ports, desiredOf([b]))
  const fieldsOf = ({ record }: Awaited<ReturnType<typeof world.observe>>) =>
    record?.inventory.map(({ fields }) => fields)
  expect(other.writes().filter(write => write.endsWith(' tenant-acme'))).toEqual(['create tenant-acme'])
  expect(fieldsOf(await other.observe())).toEqual(fieldsOf(await world.observe()))
})

test('what was seen a moment ago is not looked at again, and what somebody has written since is a conflict', async () => {
  const world = releaseWorld()
  await world.apply([a])
  const seen = await world.observe()
  const before = world.kube.calls.length
  await applyRelease(world.ports, desiredOf([a2]), seen)
  const looks = world.kube.calls.slice(before).filter(({ verb }) => verb === 'get' || verb === 'list')
  expect(looks.map(({ verb, what }) => `${verb} ${what.split('/').at(-1)}`)).toEqual([
    `get sh.helm.release.v1.${RELEASE.name}.v1`,
    'get a',
  ])
  await expect(applyRelease(world.ports, desiredOf([b]), seen)).rejects.toMatchObject({ reason: 'Conflict' })
})

test('no more revisions are kept than configured', async () => {
  const world = releaseWorld()
  const kept = async () => (await world.observe()).history.map(({ revision }) => revision)
  const version = (v: number) => [makeConfigMap('a', { v: String(v) })]
  for (let v = 0; v < 12; v += 1) await world.apply(version(v))
  expect(await kept()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
  const ports = { ...world.ports, historyLimit: 2 }
  await applyRelease(ports, desiredOf(version(12)))
  expect(await kept()).toEqual([13, 12])
})

test('what has to be refused is refused before the first write', async () => {
  const large = makeConfigMap('large', { v: randomBytes(900_000).toString('base64') })
  const refused = [
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, 'OutsideNamespace'],
    [makeConfigMap('x', {}, { namespace: 'kube-system' }), 'OutsideNamespace'],
    [large, 'ReleaseTooLarge'],
  ] as const
  for (const [object, reason] of refused) {
    const world = releaseWorld()
    await expect(world.apply([a, object])).rejects.toThrow(expect.objectContaining({ reason }))
    expect(world.writes()).toEqual([])
  }
})

test('an object of somebody else is not taken over, and nothing else is written', async () => {
  const world = releaseWorld()
  await world.apply([a])
  world.kube.put(makeConfigMap('b', { v: 'theirs' }, { namespace: RELEASE.namespace }))
  const before = world.writes().length
  await expect(world.apply([a2, b])).rejects.toThrow(
    'Cannot apply release tenant-acme over objects that are not its own: ConfigMap b belongs to nobody that has marked it',
  )
  expect(world.writes().slice(before)).toEqual([])
})

test('a new release looks for nothing, and says whose an object is that is there all the same', async () => {
  const world = releaseWorld()
  await world.apply([a])
  const asRelease = world.kube.calls.filter(({ user }) => user !== 'operator')
  expect(asRelease.map(({ verb }) => verb)).toEqual(['apply'])
  const crowded = releaseWorld()
  const theirs = makeConfigMap('b', { whose: 'theirs' }, { namespace: RELEASE.namespace })
  crowded.kube.put(theirs)
  await expect(crowded.apply([a, b])).rejects.toMatchObject({
    reason: 'OwnedByAnother',
    message: expect.stringContaining('ConfigMap b belongs to nobody that has marked it'),
  })
  expect(crowded.content()).toMatchObject({ b: theirs.data })
})

test('an object that is gone from the chart and somebody else’s by now is left alone', async () => {
  const world = releaseWorld()
  await world.apply([a, b])
  const labels = { 'app.kubernetes.io/managed-by': 'argocd' }
  world.kube.put(makeConfigMap('b', { v: 'theirs' }, { namespace: RELEASE.namespace, labels }))
  expect(await world.apply([a])).toMatchObject({ outcome: 'done', pruned: [], foreign: [{ name: 'b' }] })
  expect(world.content()).toEqual({ a: { v: '1' }, b: { v: 'theirs' } })
})

test('an object with the policy to be kept outlives its place in the chart', async () => {
  const world = releaseWorld()
  await world.apply([a, makeConfigMap('b', { v: '1' }, { annotations: { 'helm.sh/resource-policy': 'keep' } })])
  await world.apply([a])
  expect(world.content()).toEqual({ a: { v: '1' }, b: { v: '1' } })
  expect((await world.observe()).record?.inventory.map(({ name }) => name)).toEqual(['a'])
})

test('an object on its way out is waited for, because what is applied to it would go with it', async () => {
  const world = releaseWorld()
  await world.apply([a, makeConfigMap('b', { v: '1' }, { finalizers: ['example.com/slow'] })])
  await world.apply([a])
  const waiting = { outcome: 'wait', waitingFor: ['ConfigMap b, which is being deleted, to be gone'] }
  expect(await world.apply([a, b])).toEqual(waiting)
  world.kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace: RELEASE.namespace, name: 'b' })
  expect(await world.apply([a, b])).toMatchObject({ outcome: 'done', revision: 3 })
  expect(world.content()).toEqual({ a: { v: '1' }, b: { v: '1' } })
})

test('after somebody’s upgrade every object is applied again as the next revision, and what they added goes', async () => {
  const world = releaseWorld()
  await world.apply([a, b])
  world.upgradeByHand([a2, b, c])
  const before = world.writes().length
  expect(await world.apply([a, b])).toMatchObject({ outcome: 'done', revision: 3 })
  expect(
    world
      .writes()
      .slice(before)
      .filter(write => /^(apply|delete)/.test(write)),
  ).toEqual(['apply a', 'apply b', 'delete c'])
  expect(world.content()).toEqual({ a: { v: '1' }, b: { v: '1' } })
  expect((await world.observe()).history.map(({ status }) => status)).toEqual(['deployed', 'superseded', 'superseded'])
})

test('after somebody’s uninstall everything comes back as the first revision', async () => {
  const world = releaseWorld()
  await world.apply([a, b])
  await world.apply([a2, b])
  world.uninstallByHand()
  expect(world.content()).toEqual({})
  expect(await world.apply([a2, b])).toMatchObject({ outcome: 'done', revision: 1 })
  expect(world.content()).toEqual({ a: { v: '2' }, b: { v: '1' } })
})

test('somebody’s helm at work is waited for; when it must have died, its revision is marked as failed first', async () => {
  const world = releaseWorld()
  await world.apply([a])
  world.upgradeByHand([a2], 'pending-upgrade')
  const waitingFor = ["somebody's helm, at work on revision 2 (pending-upgrade)"]
  expect(await world.apply([a])).toEqual({ outcome: 'wait', waitingFor })
  world.pass(ABANDONED_AFTER_MS)
  expect(await world.apply([a])).toMatchObject({ outcome: 'wait' })
  expect(await world.apply([a])).toMatchObject({ outcome: 'done', revision: 3 })
  expect((await world.observe()).history.map(({ status }) => status)).toEqual(['deployed', 'failed', 'superseded'])
  expect(world.content()).toEqual({ a: { v: '1' } })
})

test('when our own record is lost, what the revisions before had is known from Helm’s', async () => {
  const world = releaseWorld()
  await world.apply([a, b])
  world.kube.remove({ apiVersion: 'tenantry.dev/v1alpha1', kind: 'TenantRelease', ...RELEASE })
  expect(await world.apply([a])).toMatchObject({ outcome: 'done', revision: 2, pruned: [{ name: 'b' }] })
})

test('what the API server says of a Secret is not repeated, unless it cannot quote it', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { password: 'planted-secret' },
  }
  const refusal = async (reason: string) => {
    const world = releaseWorld()
    world.kube.disturb(({ verb }) => {
      if (verb === 'apply') throw Object.assign(new Error('got planted-secret'), { reason, status: 400 })
    })
    return world.apply([secret]).then(
      () => undefined,
      (error: Error) => error.message,
    )
  }
  expect(await refusal('Invalid')).toBe(
    'Cannot apply Secret tenant-acme/s: the API server refuses it (Invalid); its words are left out, for they may quote the Secret',
  )
  expect(await refusal('Forbidden')).toBe('got planted-secret')
})

test('no record, plan or observation holds what a Secret says, but Helm’s', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { password: 'planted-secret' },
  }
  const world = releaseWorld()
  const outcome = await world.apply([secret])
  const { metadata, ...record } = world.kube.objects.get(
    refKey({ apiVersion: 'tenantry.dev/v1alpha1', kind: 'TenantRelease', ...RELEASE }),
  ) ?? { metadata: {} }
  expect(JSON.stringify([outcome, await world.observe(), metadata, record])).not.toContain('planted-secret')
  expect(
    JSON.stringify(world.kube.objects.get(refKey({ ...secret, ...secret.metadata, namespace: RELEASE.namespace }))),
  ).toContain('planted-secret')
})
