import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import type { KubeObject } from '../plan/object.ts'
import { createEventRecorder } from './event-recorder.ts'

const EVENT = { type: 'Warning', reason: 'RenderFailed', note: 'No.', action: 'Provision' } as const

function makeTenant(name: string): KubeObject {
  return { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', metadata: { name, uid: `uid-${name}` } }
}

function given({ refuses = () => false }: { refuses?: () => boolean } = {}) {
  const clock = makeClock()
  const writes: string[] = []
  const errors: unknown[] = []
  const recorder = createEventRecorder({
    controller: 'tenantry.dev/operator',
    instance: 'pod',
    clock,
    onError: error => errors.push(error),
    kube: {
      async create(object) {
        if (refuses()) throw new Error('refused')
        writes.push(`create ${(object.regarding as { name: string }).name}: ${object.note}`)
        return object
      },
      async patch(_, patch) {
        if (refuses()) throw new Error('refused')
        writes.push(`count ${(patch.series as { count: number }).count}`)
        return makeTenant('any')
      },
    },
  })
  return { recorder, writes, errors, clock }
}

test('the same event again is counted, another is written', async () => {
  const { recorder, writes } = given()
  for (let time = 0; time < 5; time += 1) recorder.record(makeTenant('a'), EVENT)
  recorder.record(makeTenant('a'), { ...EVENT, note: 'Nor this.' })
  recorder.record(makeTenant('b'), EVENT)
  await recorder.flush()
  expect(writes).toEqual(['create a: No.', 'count 5', 'create a: Nor this.', 'create b: No.'])
})

test('repetitions after the first write are gathered into one count', async () => {
  const { recorder, writes } = given()
  recorder.record(makeTenant('a'), EVENT)
  await recorder.flush()
  for (let time = 0; time < 3; time += 1) recorder.record(makeTenant('a'), EVENT)
  await recorder.flush()
  await recorder.flush()
  expect(writes).toEqual(['create a: No.', 'count 4'])
})

test('what happens again after a long while is a new event', async () => {
  const { recorder, writes, clock } = given()
  recorder.record(makeTenant('a'), EVENT)
  await clock.advance(6 * 60_000)
  recorder.record(makeTenant('a'), EVENT)
  await recorder.flush()
  expect(writes).toEqual(['create a: No.', 'create a: No.'])
})

test('one object cannot flood the cluster, and keeps no other from being heard', async () => {
  const { recorder, writes, clock } = given()
  for (let count = 0; count < 100; count += 1) recorder.record(makeTenant('a'), { ...EVENT, note: `${count}` })
  recorder.record(makeTenant('b'), EVENT)
  await recorder.flush()
  expect([writes.length, writes.at(-1)]).toEqual([26, 'create b: No.'])
  await clock.advance(60_000)
  for (let count = 100; count < 110; count += 1) recorder.record(makeTenant('a'), { ...EVENT, note: `${count}` })
  await recorder.flush()
  expect(writes.slice(26)).toEqual(['create a: 100'])
})

test('an event that cannot be written is reported, and the next of its kind is a new one', async () => {
  let refuses = true
  const { recorder, writes, errors } = given({ refuses: () => refuses })
  recorder.record(makeTenant('a'), EVENT)
  await recorder.flush()
  refuses = false
  recorder.record(makeTenant('a'), EVENT)
  await recorder.flush()
  expect([errors, writes]).toEqual([[new Error('refused')], ['create a: No.']])
})
