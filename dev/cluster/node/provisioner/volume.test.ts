import { expect, test } from 'vitest'
import { type Claim, desiredVolume, planVolumes, provisionerName, type Volume } from './volume.ts'

const claim: Claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: 'data',
    namespace: 'shop',
    uid: 'u1',
    annotations: { 'volume.kubernetes.io/storage-provisioner': provisionerName },
  },
  spec: { storageClassName: 'hostpath', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Pending' },
}
const place = { path: '/volumes/pvc-u1', node: 'n1', reclaimPolicy: 'Delete' as const }
const volume = desiredVolume(claim, place) as Volume
const bound: Claim = {
  ...claim,
  spec: { ...claim.spec, volumeName: 'pvc-u1' },
  status: { phase: 'Bound', capacity: { storage: '1Gi' } },
}

test('a claim that waits for our provisioner gets a volume, once', () => {
  expect(planVolumes([claim], [])).toEqual([{ step: 'create', claim }])
  expect(planVolumes([claim], [volume])).toEqual([])
  expect(planVolumes([bound], [volume])).toEqual([])
})

test('claims of other provisioners, bound elsewhere, without a consumer or on their way out are left alone', () => {
  const others: Claim[] = [
    { ...claim, metadata: { ...claim.metadata, annotations: {} } },
    { ...claim, metadata: { ...claim.metadata, annotations: { 'volume.kubernetes.io/storage-provisioner': 'other' } } },
    { ...claim, spec: { ...claim.spec, volumeName: 'made-by-hand' } },
    { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ]
  expect(planVolumes(others, [])).toEqual([])
})

test('a bound claim that has grown enlarges its volume', () => {
  const grown: Claim = { ...bound, spec: { ...bound.spec, resources: { requests: { storage: '2Gi' } } } }
  expect(planVolumes([grown], [volume])).toEqual([{ step: 'enlarge', claim: grown, volume }])
})

test('a released volume goes with policy Delete and stays with Retain, and only if we made it', () => {
  const released: Volume = { ...volume, status: { phase: 'Released' } }
  const retained: Volume = { ...released, spec: { ...released.spec, persistentVolumeReclaimPolicy: 'Retain' } }
  const foreign: Volume = { ...released, metadata: { name: 'made-by-hand' } }
  expect(planVolumes([], [released])).toEqual([{ step: 'remove', volume: released }])
  expect(planVolumes([], [retained, foreign, volume])).toEqual([])
})
