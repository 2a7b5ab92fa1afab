/** Writes Helm's records. Each call can be repeated without harm. */
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { type RevisionRecord, surplus } from './history.ts'
import type { ReleaseKube } from './port.ts'
import { decodedRecord, recordRef, statusPatch } from './record.ts'
import type { ReleaseObject } from './release-object.ts'

interface ReleaseName {
  readonly name: string
  readonly namespace: string
}

export interface RecordStore {
  /** The release object of a revision; undefined where its record is gone, or nothing that anybody can read. */
  read(revision: number): Promise<ReleaseObject | undefined>
  write(record: KubeObject): Promise<void>
  /** Releases helm's lock, which a dry run respects too. */
  markFailed(revision: number): Promise<void>
  /** Makes `revision` the only deployed one, and takes the oldest away where there are more than Helm keeps. */
  supersede(history: readonly RevisionRecord[], revision: number): Promise<void>
  deleteAll(history: readonly RevisionRecord[]): Promise<void>
}

/** helm itself writes its records under this name. */
const MANAGER = { manager: 'helm' }

export function createRecordStore(kube: ReleaseKube, release: ReleaseName, now: () => number): RecordStore {
  const setStatus = async (revision: number, change: { status: string; description?: string }) => {
    const ref = recordRef(release, revision)
    const found = await kube.get(ref)
    if (found !== undefined) await kube.patch(ref, statusPatch(found, change, now()), MANAGER)
  }
  const remove = (records: readonly RevisionRecord[]) =>
    Promise.all(records.map(({ revision }) => kube.delete(recordRef(release, revision))))
  return {
    async read(revision) {
      const found = await kube.get(recordRef(release, revision))
      return found && unlessUnreadable(async () => decodedRecord(found))
    },
    async write(record) {
      await kube.create(record, MANAGER)
    },
    async markFailed(revision) {
      await setStatus(revision, { status: 'failed', description: 'Abandoned: whoever began it has not ended it' })
    },
    async supersede(history, revision) {
      const older = history.filter(record => record.revision !== revision && record.status === 'deployed')
      for (const record of older) {
        // Helm takes the newest of several deployed revisions, so one that nobody can read may stay as it is.
        await unlessUnreadable(() => setStatus(record.revision, { status: 'superseded' }))
      }
      await remove(surplus([...history.filter(record => record.revision !== revision), newest(revision)]))
    },
    async deleteAll(history) {
      // The newest goes last: as long as one is left, it is the one that says what the release has.
      await remove(history.slice(1))
      await remove(history.slice(0, 1))
    },
  }
}

async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HelmError && error.reason === 'RecordUnreadable') return undefined
    throw error
  }
}

function newest(revision: number): RevisionRecord {
  return { revision, status: 'deployed', modifiedAtMs: 0 }
}
