/** A release whose hooks are under way, and what can be seen of them. */
import { expect } from 'vitest'
import { decodedRecord, recordRef } from '../../src/helm/record.ts'
import { type KubeObject, refKey } from '../../src/plan/object.ts'
import { makeConfigMap, RELEASE } from './release.ts'
import { type ReleaseWorld, releaseWorld } from './release-world.ts'

export const a = makeConfigMap('a', { v: '1' })
export const a2 = makeConfigMap('a', { v: '2' })
export const RECORD = 'sh.helm.release.v1.tenant-acme'
export const waiting = (what: string) => ({ outcome: 'wait', waitingFor: [what] })
export const failing = (text: string) =>
  expect.objectContaining({ reason: 'HookFailed', message: expect.stringContaining(text) })

export async function installed(): Promise<ReleaseWorld> {
  const world = releaseWorld()
  await world.apply([a])
  return world
}

export function jobs({ kube }: ReleaseWorld): string[] {
  return [...kube.objects.values()].filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name)
}

export function recorded({ kube }: ReleaseWorld, revision: number) {
  const found = kube.objects.get(refKey(recordRef(RELEASE, revision)))
  if (found === undefined) throw new Error(`no record of revision ${revision}`)
  const { info, hooks } = decodedRecord(found)
  return { status: info.status, runs: (hooks ?? []).map(({ name, last_run }) => [name, last_run?.phase]) }
}

export function put({ kube }: ReleaseWorld, object: KubeObject): void {
  kube.put({ ...object, metadata: { ...object.metadata, namespace: RELEASE.namespace } })
}

export function find({ kube }: ReleaseWorld, kind: string, name: string): KubeObject {
  const found = [...kube.objects.values()].find(object => object.kind === kind && object.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}
