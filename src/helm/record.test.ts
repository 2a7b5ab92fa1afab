import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeReleaseObject, RELEASE } from '../../test/make/release.ts'
import { decodedRecord, deployedRelease, recordPatch, releaseRecord, withInfo } from './record.ts'

const NOW = Date.parse('2026-11-21T09:00:00.500Z')
const digest = 'd'.repeat(64)

test('a record has the name, type and labels by which helm finds it, and ours', () => {
  const { data, ...record } = releaseRecord(deployedRelease(makeReleaseObject(), 3, NOW), digest, NOW)
  expect(record).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'sh.helm.release.v1.tenant-acme.v3',
      namespace: RELEASE.namespace,
      labels: {
        name: 'tenant-acme',
        owner: 'helm',
        status: 'deployed',
        version: '3',
        createdAt: '1795251600',
        modifiedAt: '1795251600',
        'tenantry.dev/revision': '3',
        'tenantry.dev/digest': 'd'.repeat(63),
      },
    },
    type: 'helm.sh/release.v1',
  })
  expect(data).toEqual({ release: expect.stringMatching(/^[A-Za-z0-9+/=]+$/) })
})

test('what is read from a record is what was written', () => {
  const release = deployedRelease(makeReleaseObject({ config: { password: 'ümläut 😀' } }), 2, NOW)
  expect(decodedRecord(releaseRecord(release, digest, NOW))).toEqual(release)
  expect(release.info).toEqual({
    status: 'deployed',
    description: 'Upgrade complete',
    first_deployed: '2026-11-21T08:00:00Z',
    last_deployed: '2026-11-21T09:00:00.500Z',
  })
})

test('another status changes the release object and the label, and relies on the record being as it was read', () => {
  const record = releaseRecord(deployedRelease(makeReleaseObject(), 1, NOW), digest, NOW)
  const read = { ...record, metadata: { ...record.metadata, resourceVersion: '7' } }
  const { metadata, data } = recordPatch(read, withInfo(decodedRecord(read), { status: 'superseded' }), NOW + 60_000)
  expect(metadata).toEqual({ resourceVersion: '7', labels: { status: 'superseded', modifiedAt: '1795251660' } })
  expect(decodedRecord({ ...read, data }).info).toMatchObject({ status: 'superseded', description: 'Install complete' })
})

test('a release that no Secret can hold is refused', () => {
  const manifest = randomBytes(900_000).toString('base64')
  expect(() => releaseRecord(makeReleaseObject({ manifest }), digest, NOW)).toThrow(
    expect.objectContaining({ reason: 'ReleaseTooLarge' }),
  )
})

test('a record that is not as helm writes it is named', () => {
  const record = { ...releaseRecord(makeReleaseObject(), digest, NOW), data: { release: 'bm90aGluZw==' } }
  expect(() => decodedRecord(record)).toThrow(
    expect.objectContaining({
      reason: 'RecordUnreadable',
      message: "Cannot read Helm's record tenant-acme/sh.helm.release.v1.tenant-acme.v1: it is not as Helm writes it",
    }),
  )
})
