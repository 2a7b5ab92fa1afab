import { expect, test } from 'vitest'
import { MemoryKubeError, memoryKube } from '../../test/make/memory-kube.ts'
import type { KubeObject } from '../plan/object.ts'
import { lastWords } from './hook-log.ts'

const namespace = 'tenant-acme'
const job: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', namespace } }

function pod(name: string, status: object = {}, creationTimestamp = '2026-11-21T09:00:00Z'): KubeObject {
  const labels = { 'batch.kubernetes.io/job-name': 'migrate' }
  const spec = { containers: [{ name: 'main' }] }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels, creationTimestamp }, spec, status }
}

function having(log: string, ...objects: readonly KubeObject[]) {
  const kube = memoryKube()
  for (const object of objects.length > 0 ? objects : [pod('migrate-x')]) kube.put(object)
  kube.logs.set('migrate-x', log)
  return kube
}

const words = (kube: ReturnType<typeof memoryKube>, values: unknown = {}) =>
  lastWords(job, { kube, namespace, values, known: ['acme'] })

test('the last few lines are told in one, without colours and empty lines, and cut at the front', async () => {
  const log = ['1', '2', '3', '4', '', '\u001b[31m5\u001b[0m  five', '6'].join('\n')
  expect(await words(having(log))).toBe('3 | 4 | 5 five | 6')
  expect(await words(having(`${'x'.repeat(2000)} end`))).toMatch(/^x{496} end$/)
})

test('neither a value nor a Secret of the namespace nor a login is repeated', async () => {
  const secret = (data: Record<string, string>): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db-app', namespace } },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  })
  const log = 'mail planted-value\npassword planted-secret\npostgres://app:short@db/app refused'
  const kube = having(log, pod('migrate-x'), secret({ password: 'planted-secret' }))
  expect(await words(kube, { smtp: { password: 'planted-value' } })).toBe(
    'mail [value] | password [value] | postgres://[login]@db/app refused',
  )
})

test('where Secrets cannot be read, nothing is told', async () => {
  const kube = having('said planted-secret')
  kube.disturb(({ verb, what }) => {
    if (verb === 'list' && what === 'Secret') throw new MemoryKubeError(403, 'Forbidden', what)
  })
  expect(await words(kube)).toBe('')
})

test('the newest pod is asked, and the container in it that failed', async () => {
  const failed = { initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 1 } } }] }
  const kube = having('mine', pod('old', {}, '2026-11-21T08:00:00Z'), pod('migrate-x', failed))
  const containers: string[] = []
  const asking = {
    ...kube,
    log: (ref: never, options: { container: string }) => {
      containers.push(options.container)
      return kube.log(ref, options as never)
    },
  }
  expect(await lastWords(job, { kube: asking as never, namespace, values: {}, known: [] })).toBe('mine')
  expect(containers).toEqual(['init'])
})

test('a pod that never started says why', async () => {
  const waiting = {
    containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
  }
  expect(await words(having('', pod('migrate-x', waiting)))).toBe('container main: no such image')
})

test('a hook without a pod has nothing to say', async () => {
  expect(await words(memoryKube())).toBe('')
})
