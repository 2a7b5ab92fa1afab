import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import { makeClusterObject } from '../../test/make/slice.ts'
import { makeInformer } from '../../test/make/tenant-cache.ts'
import type { ProxmoxLook } from '../plan/proxmox-view.ts'
import type { Proxmox } from '../proxmox/client.ts'
import { ProxmoxError } from '../proxmox/errors.ts'
import { createProxmoxWorld } from './proxmox-world.ts'

type Mood = 'answers' | 'hangs' | 'refuses'

function given(installation = 'here') {
  const clock = makeClock()
  const state: { mood: Mood; looks: number; wake: () => void } = { mood: 'answers', looks: 0, wake: () => undefined }
  const proxmox: Proxmox = {
    async call(route) {
      if (route.path.endsWith('/cluster/resources')) state.looks += 1
      if (state.mood === 'hangs') await new Promise<void>(resolve => (state.wake = resolve))
      if (state.mood === 'refuses') {
        throw new ProxmoxError({ kind: 'unreachable', what: 'GET /cluster/resources', why: 'nobody', status: 0 })
      }
      return [] as never
    },
    close: async () => undefined,
  }
  const clusters = makeInformer([makeClusterObject()])
  const world = createProxmoxWorld({
    clusters,
    connections: {
      open: async () => ({ proxmox, tokenId: 'operator@pve!k8s' }),
      forget: async () => undefined,
      close: async () => undefined,
    },
    kube: { get: async () => undefined },
    installation: () => installation,
    clock,
  })
  /** Looks are some time apart. */
  const soon = async (looking: Promise<ProxmoxLook>) => {
    await clock.advance(500)
    return told(await looking)
  }
  return {
    clock,
    state,
    clusters,
    world,
    soon,
    look: (patienceMs?: number, youngerThanMs?: number) => world.look('proxmox', freshness(patienceMs, youngerThanMs)),
  }
}

function freshness(patienceMs: number | undefined, youngerThanMs = 60_000) {
  return { tenant: 'acme', youngerThanMs, ...(patienceMs === undefined ? {} : { patienceMs }) }
}

function told(look: ProxmoxLook): string {
  return look.found === 'view' ? 'view' : look.problem.reason
}

test('who has patience for five seconds waits no longer, and the look goes on for the next one who asks', async () => {
  const { clock, state, look } = given()
  state.mood = 'hangs'
  const impatient = look(5000)
  await clock.advance(5000)
  const found = await impatient
  expect(found).toMatchObject({
    found: 'unknown',
    problem: { message: 'ProxmoxCluster "proxmox" has not answered within 5 s.' },
  })
  const patient = look()
  state.mood = 'answers'
  state.wake()
  expect([told(await patient), told(await look(5000)), state.looks]).toEqual(['view', 'view', 1])
})

test('a cluster that failed is left alone for a while; then one who asks finds out for all, and nobody waits long', async () => {
  const { clock, state, look, soon } = given()
  state.mood = 'refuses'
  expect([await soon(look()), told(await look()), state.looks]).toEqual(['Unreachable', 'Unreachable', 1])
  await clock.advance(6000)
  state.mood = 'hangs'
  const both = Promise.all([look(undefined, 0), look(undefined, 0)])
  await clock.advance(2000)
  expect([(await both).map(told), state.looks]).toEqual([['Unreachable', 'Unreachable'], 2])
  state.mood = 'answers'
  state.wake()
  expect(await soon(look())).toBe('view')
})

test('a cluster that was edited, or has gone, is not told by its former failure', async () => {
  const { state, clusters, look, soon } = given()
  state.mood = 'refuses'
  expect(await soon(look())).toBe('Unreachable')
  state.mood = 'answers'
  const edited = makeClusterObject()
  clusters.put({ ...edited, metadata: { ...edited.metadata, generation: 2, resourceVersion: '2' } })
  expect(await soon(look())).toBe('view')
  clusters.remove(edited)
  expect(told(await look())).toBe('ClusterMissing')
})

test('while the id of the installation is not known, nothing is looked at and nothing changed', async () => {
  const { look, soon, state } = given('')
  expect([await soon(look()), state.looks]).toEqual(['InstallationUnknown', 0])
})

test('that a cluster is ready is believed of its spec as it is now alone', async () => {
  const { clock, clusters, world } = given()
  const lacking = async () => {
    const looking = world.look('proxmox', freshness(undefined, 0))
    await clock.advance(500)
    const look = await looking
    return look.found === 'view' && look.lacking?.message
  }
  const Ready = { type: 'Ready', status: 'True', reason: 'Connected', message: '' }
  const object = { ...makeClusterObject(), status: { observedGeneration: 1, conditions: [Ready] } }
  clusters.put({ ...object, metadata: { ...object.metadata, resourceVersion: '2' } })
  expect(await lacking()).toBeUndefined()
  clusters.put({ ...object, metadata: { ...object.metadata, generation: 2, resourceVersion: '3' } })
  expect(await lacking()).toContain('has not been looked at yet as it is now')
})
