/**
 * Reads and writes Helm's records. Each call can be repeated without harm. What was read or written once is not read
 * again, so a store is for one pass; a record that somebody else has written since is not written over.
 */
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { type RevisionRecord, surplus } from './history.ts'
import type { ReleaseKube } from './port.ts'
import { decodedRecord, recordPatch, recordRef, withInfo } from './record.ts'
import type { ReleaseObject } from './release-object.ts'

interface ReleaseName {
  readonly name: string
  readonly namespace: string
}

/** A record and what it says. */
export interface OpenRecord {
  /** Its metadata at least. */
  readonly object: KubeObject
  readonly release: ReleaseObject
}

export interface RecordStore {
  /** The release object of a revision; undefined where its record is gone, or nothing that anybody can read. */
  read(revision: number): Promise<ReleaseObject | undefined>
  /** The same, to be written on. */
  open(revision: number): Promise<OpenRecord | undefined>
  write(record: KubeObject): Promise<KubeObject>
  /** What somebody else has written since is not written over. */
  save(open: OpenRecord, release: ReleaseObject): Promise<OpenRecord>
  /** Releases helm's lock, which a dry run respects too. */
  markFailed(revision: number): Promise<void>
  /** One that nobody can read says nothing, and stands in the way. */
  remove(revision: number): Promise<void>
  /** Makes `revision` the only deployed one. */
  supersede(history: readonly RevisionRecord[], revision: number): Promise<void>
  /** Takes the oldest away where there are more than `limit`, now that `revision` is there too. */
  trim(
    history: readonly RevisionRecord[],
    revision: Pick<RevisionRecord, 'revision' | 'status'>,
    limit: number,
  ): Promise<void>
  deleteAll(history: readonly RevisionRecord[]): Promise<void>
}

/** helm itself writes its records under this name. What is in them need not come back. */
const MANAGER = { manager: 'helm', metadataOnly: true }

export function createRecordStore(kube: ReleaseKube, release: ReleaseName, now: () => number): RecordStore {
  const known = new Map<number, OpenRecord>()
  const open = async (revision: number) => {
    const record = known.get(revision) ?? (await read(revision))
    if (record !== undefined) known.set(revision, record)
    return record
  }
  const read = async (revision: number) => {
    const object = await kube.get(recordRef(release, revision))
    return object && unlessUnreadable(async () => ({ object, release: decodedRecord(object) }))
  }
  const save = async ({ object, release: before }: OpenRecord, after: ReleaseObject) => {
    const ref = recordRef(release, before.version)
    const saved = { object: await kube.patch(ref, recordPatch(object, after, now()), MANAGER), release: after }
    known.set(before.version, saved)
    return saved
  }
  const setStatus = async (revision: number, info: Partial<ReleaseObject['info']>) => {
    const found = await open(revision)
    if (found !== undefined) await save(found, withInfo(found.release, info))
  }
  const remove = (records: readonly Pick<RevisionRecord, 'revision'>[]) =>
    Promise.all(records.map(({ revision }) => kube.delete(recordRef(release, revision))))
  return {
    open,
    save,
    read: async revision => (await open(revision))?.release,
    write: record => kube.create(record, MANAGER),
    async markFailed(revision) {
      await setStatus(revision, { status: 'failed', description: 'Abandoned: whoever began it has not ended it' })
    },
    async remove(revision) {
      await remove([{ revision }])
    },
    async supersede(history, revision) {
      const older = history.filter(record => record.revision !== revision && record.status === 'deployed')
      for (const record of older) {
        // Helm takes the newest of several deployed revisions, so one that nobody can read may stay as it is.
        await setStatus(record.revision, { status: 'superseded' })
      }
    },
    async trim(history, { revision, status }, limit) {
      const others = history.filter(record => record.revision !== revision)
      await remove(surplus([...others, { revision, status, modifiedAtMs: now() }], limit))
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
