import { expect, test } from 'vitest'
import type { Notice } from './notice.ts'
import type { KubeObject } from './object.ts'
import { volumeProblems } from './volume-problem.ts'

const claim: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'db-1', namespace: 'tenant-acme', labels: { 'cnpg.io/cluster': 'db' } },
  status: { phase: 'Pending' },
}

function told(reason: string, message: string, name = 'db-1'): Notice {
  return { kind: 'PersistentVolumeClaim', name, reason, message }
}

test('a claim that waits for its pod is as it should be', () => {
  expect(volumeProblems([claim], [told('WaitForFirstConsumer', 'waiting for first consumer')])).toEqual([])
})

test('the newest word of the provisioner counts, and nobody else’s', () => {
  const notices = [
    told('ExternalProvisioning', 'Waiting for a volume'),
    told('ProvisioningFailed', 'no space left on pool tank'),
    told('Provisioning', 'External provisioner is provisioning volume'),
    told('ProvisioningFailed', 'another', 'db-2'),
  ]
  expect(volumeProblems([claim], notices)).toEqual([
    { owner: 'db', reason: 'VolumeNotBound', message: 'volume db-1: no space left on pool tank' },
  ])
})

test('a class that does not exist is named', () => {
  const notices = [told('ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found')]
  expect(volumeProblems([claim], notices)).toEqual([
    { owner: 'db', reason: 'StorageClassNotFound', message: 'volume db-1: there is no StorageClass fast.' },
  ])
})

test('a bound claim, one that goes, and one of something else are no problem', () => {
  const notices = [told('ProvisioningFailed', 'no')]
  const going = { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const foreign = { ...claim, metadata: { name: 'db-1' } }
  expect(volumeProblems([{ ...claim, status: { phase: 'Bound' } }, going, foreign], notices)).toEqual([])
})
