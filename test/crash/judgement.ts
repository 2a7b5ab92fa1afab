/** Whether a tenant whose operator died is as one whose operator did not. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { TENANT_UID_LABEL } from '../../src/plan/names.ts'
import type { PhaseEnd } from './life.ts'
import type { ProxmoxPlane } from './proxmox-plane.ts'
import type { Phase } from './scenario.ts'
import type { Content, TenantSnapshot } from './snapshot.ts'

export interface Found {
  readonly phase: Phase
  readonly end: PhaseEnd
  readonly snapshot: TenantSnapshot
  /** A tenant whose operator did not die. */
  readonly reference: TenantSnapshot
  /** The same tenant after the phase before. */
  readonly before: TenantSnapshot | undefined
  /** `prepare 1 pre-install 2026-…Z <uid>`, for each Job that ever was. */
  readonly jobs: readonly string[]
  /** Its Proxmox VE, where it has one. */
  readonly plane: ProxmoxPlane | undefined
}

/** What is wrong, in words. */
export function judgeLife({ phase, end, snapshot, reference, before, jobs, plane }: Found): string[] {
  const isGone = phase.wish === undefined
  return [
    ...differences(reference.content, snapshot.content),
    ...(isGone ? judgeVolumes(snapshot.content) : []),
    ...(isGone ? [] : judgeRevisions(snapshot.revisions, before?.revisions ?? [], end.revisions)),
    ...judgePlane(phase, plane),
    ...judgeSecrets(snapshot.secrets, before?.secrets ?? {}),
    ...judgeJobs(jobs),
    ...judgeTold(snapshot.told, before?.told ?? [], end.changes),
  ]
}

/** What outlives its tenant says whose it was, and is given up by nobody. */
function judgeVolumes(content: Content): string[] {
  return Object.entries(content).flatMap(([name, objects]) => {
    if (!name.startsWith('v1/PersistentVolume ')) return []
    const texts = objects.map(object => JSON.stringify(object))
    const isKept = (text: string) => text.includes(TENANT_UID_LABEL) && text.includes('"Retain"')
    return texts.every(isKept) ? [] : [`${name} is not marked as kept: ${texts.join()}`]
  })
}

/** What is somebody else's stays as it was made, and in the end there is nothing else. */
function judgePlane({ wish }: Phase, plane: ProxmoxPlane | undefined): string[] {
  if (plane === undefined) return []
  const now = plane.content()
  const foreign = Object.entries(plane.foreign).flatMap(([part, values]) => {
    const kept = (now[part] ?? []).filter(value => values.some(other => isDeepStrictEqual(value, other)))
    return kept.length === values.length
      ? []
      : [`${part}: of somebody else's ${values.length}, ${kept.length} are left`]
  })
  return [...foreign, ...(wish === undefined ? differences(plane.foreign, now) : [])]
}

function differences(expected: Content, found: Content): string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...keys].sort().flatMap(key => {
    if (isDeepStrictEqual(expected[key], found[key])) return []
    if (found[key] === undefined) return [`${key} is missing`]
    if (expected[key] === undefined) return [`${key} is too much`]
    return unlike(expected[key], found[key], key)
  })
}

/** Down to what differs, so that a failure can be read. */
function unlike(expected: unknown, found: unknown, path: string): string[] {
  if (isDeepStrictEqual(expected, found)) return []
  if (!isRecord(expected) || !isRecord(found)) {
    return [`${path} is ${JSON.stringify(found)} and should be ${JSON.stringify(expected)}`]
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...keys].flatMap(key => unlike(expected[key], found[key], `${path} ${key}`))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** One for each change, none in between, and the newest is the one that is deployed. */
function judgeRevisions(revisions: readonly string[], before: readonly string[], changes: number): string[] {
  const made = revisions.length - before.length
  const isRight =
    made >= Math.min(changes, 1) &&
    made <= changes &&
    revisions.every((revision, index) => {
      const isLast = index === revisions.length - 1
      const statuses = isLast ? ['deployed'] : ['superseded', 'failed']
      return statuses.some(status => revision === `${index + 1} ${status}`)
    })
  return isRight ? [] : [`revisions are ${revisions.join(', ')} after ${changes} changes of ${before.join(', ')}`]
}

/** Values that were made up once stay, also in the copies that outlive the tenant. */
function judgeSecrets(secrets: TenantSnapshot['secrets'], before: TenantSnapshot['secrets']): string[] {
  return Object.entries(secrets).flatMap(([name, data]) => {
    const [, original] = Object.entries(before).find(([other]) => name === other || name.endsWith(`-${other}`)) ?? []
    return original === undefined || isDeepStrictEqual(data, original) ? [] : [`Secret ${name} has other values`]
  })
}

/** A hook runs once for each revision and event. */
function judgeJobs(jobs: readonly string[]): string[] {
  const runs = jobs.map(job => job.split(' ').slice(0, 3).join(' '))
  return runs.filter((run, index) => runs.indexOf(run) !== index).map(run => `hook ${run} ran twice`)
}

/** The same is told once for each change, not once more by the operator that comes after. */
function judgeTold(told: readonly string[], before: readonly string[], changes: number): string[] {
  const count = (texts: readonly string[], text: string) => texts.filter(other => other === text).length
  return (
    [...new Set(told)]
      // A cluster in a hurry is told as often as it is slow, which follows from the pace of the stage.
      .filter(text => !text.startsWith('Unreachable '))
      .filter(text => count(told, text) - count(before, text) > Math.max(1, changes))
      .map(text => `told ${count(told, text) - count(before, text)} times: ${text}`)
  )
}
