import { expect, test } from 'vitest'
import { answeringKube, listOf } from '../../test/make/answering-kube.ts'
import type { KubeObject } from '../plan/object.ts'
import type { DatabaseObservation } from '../plan/observation.ts'
import { observeTrouble } from './trouble.ts'

const NAMESPACE = 'tenant-acme'
const OF_DATABASE = { 'cnpg.io/cluster': 'db' }
const STARTING: DatabaseObservation = {
  found: 'present',
  name: 'db',
  instances: 1,
  readyInstances: 0,
  phase: 'Setting up primary',
}
const READY: DatabaseObservation = { ...STARTING, readyInstances: 1 }

function object(kind: string, name: string, fields: object = {}, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE, labels }, ...fields }
}

function pod(name: string, conditions: Record<string, string>, labels: Record<string, string>): KubeObject {
  const said = Object.entries(conditions).map(([type, status]) => ({ type, status }))
  return object('Pod', name, { status: { phase: 'Pending', conditions: said } }, labels)
}

function event(
  about: [kind: string, name: string],
  reason: string,
  message: string,
  lastTimestamp: string,
): KubeObject {
  const [kind, name] = about
  return object('Event', `${name}.${lastTimestamp}`, { involvedObject: { kind, name }, reason, message, lastTimestamp })
}

async function look(database: DatabaseObservation, objects: readonly KubeObject[]) {
  const { kube, asked } = answeringKube(what =>
    listOf(...objects.filter(({ kind }) => what.startsWith(`list ${kind}`))),
  )
  const { podProblems: problems } = await observeTrouble(kube, NAMESPACE, database)
  return { problems, asked: asked.map(what => what.split(' ')[1]) }
}

test('pods that say what is wrong are all that is asked for', async () => {
  const pulling = object(
    'Pod',
    'api-1',
    { status: { containerStatuses: [{ name: 'api', state: { waiting: { reason: 'ErrImagePull' } } }] } },
    { 'app.kubernetes.io/component': 'api' },
  )
  expect(await look(READY, [pulling])).toEqual({
    problems: [{ owner: 'api', reason: 'ImagePullBackOff', message: 'container api: the image cannot be pulled' }],
    asked: ['Pod'],
  })
})

test('before CloudNativePG has taken up a database, nobody asks for its volumes', async () => {
  const { phase: _, ...untaken } = STARTING
  expect((await look(untaken, [])).asked).toEqual(['Pod'])
})

test('a volume that is not there is told before the pod that waits for it', async () => {
  const claim = object('PersistentVolumeClaim', 'db-1', { status: { phase: 'Pending' } }, OF_DATABASE)
  const unscheduled = pod('db-1-initdb-x', { PodScheduled: 'False' }, OF_DATABASE)
  const about: [string, string] = ['PersistentVolumeClaim', 'db-1']
  const events = [
    event(about, 'ProvisioningFailed', 'the pool is full', '2026-01-01T00:00:09Z'),
    event(about, 'ProvisioningFailed', 'the pool does not answer', '2026-01-01T00:00:01Z'),
  ]
  expect((await look(STARTING, [claim, unscheduled, ...events])).problems.map(({ message }) => message)).toEqual([
    'volume db-1: the pool is full',
    '',
  ])
})

test('a Job whose pod is refused says so for the database', async () => {
  const refusal = 'Error creating: pods "db-1-initdb-xyz" is forbidden: exceeded quota: tenantry'
  const events = [event(['Job', 'db-1-initdb'], 'FailedCreate', refusal, '2026-01-01T00:00:01Z')]
  expect(await look(STARTING, events)).toEqual({
    problems: [
      {
        owner: 'db',
        reason: 'QuotaExceeded',
        message: 'Error creating: a pod is forbidden: exceeded quota: tenantry',
      },
    ],
    asked: ['Pod', 'PersistentVolumeClaim', 'Event'],
  })
})

test('events are asked for where a pod on a node is silent, and only there', async () => {
  const labels = { 'app.kubernetes.io/component': 'api' }
  const silent = pod('api-1', { PodScheduled: 'True', Ready: 'False' }, labels)
  const told = event(['Pod', 'api-1'], 'FailedMount', 'secret "db-ca" not found', '2026-01-01T00:00:01Z')
  expect(await look(READY, [silent, told])).toEqual({
    problems: [{ owner: 'api', reason: 'FailedMount', message: 'secret "db-ca" not found' }],
    asked: ['Pod', 'Event'],
  })
  expect((await look(READY, [pod('api-1', { PodScheduled: 'True', Ready: 'True' }, labels)])).asked).toEqual(['Pod'])
})

test('pods that start, wait or crash are not ready; those that go, or have done their work, are no matter', async () => {
  const isReady = pod('api-1', { PodScheduled: 'True', Ready: 'True' }, {})
  const starting = pod('api-2', { PodScheduled: 'True', Ready: 'False' }, {})
  const done = object('Pod', 'migrate', { status: { phase: 'Succeeded' } })
  const going = { ...starting, metadata: { ...starting.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const hasUnready = async (...pods: KubeObject[]) => {
    const { kube } = answeringKube(what => listOf(...(what.startsWith('list Pod') ? pods : [])))
    return (await observeTrouble(kube, NAMESPACE, READY)).hasUnreadyPods
  }
  expect([await hasUnready(isReady, starting), await hasUnready(isReady, done, going)]).toEqual([true, false])
})
