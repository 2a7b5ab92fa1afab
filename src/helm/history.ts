/** What Helm's records tell without being opened: the labels of their Secrets. Pure. */
import type { KubeObject } from '../plan/object.ts'
import { DIGEST_LABEL, REVISION_LABEL } from './record.ts'

export interface RevisionRecord {
  readonly revision: number
  /** Helm's word for it, such as `deployed`, `superseded` or `pending-upgrade`. */
  readonly status: string
  /** `digestLabel` of chart and values; exactly on revisions that this operator made. */
  readonly digest?: string
  /** When helm or we last wrote it; milliseconds since 1970. */
  readonly modifiedAtMs: number
}

/** Newest first. What is no record of a revision is left out. */
export function historyOf(secrets: readonly KubeObject[]): RevisionRecord[] {
  return secrets.flatMap(revisionRecord).sort((a, b) => b.revision - a.revision)
}

function revisionRecord({ metadata }: KubeObject): RevisionRecord[] {
  const { labels = {}, creationTimestamp } = metadata
  const revision = Number(labels.version)
  if (!Number.isSafeInteger(revision) || revision < 1 || labels.status === undefined) return []
  const seconds = Number(labels.modifiedAt ?? labels.createdAt)
  const digest = labels[REVISION_LABEL] === labels.version ? labels[DIGEST_LABEL] : undefined
  return [
    {
      revision,
      status: labels.status,
      modifiedAtMs: seconds * 1000 || Date.parse(creationTimestamp ?? '') || 0,
      ...(digest === undefined ? {} : { digest }),
    },
  ]
}

/** A revision of ours whose hooks are under way or have failed: it may have got as far as its objects, or not. */
export function isOwnAttempt({ digest, status }: RevisionRecord): boolean {
  return digest !== undefined && ['pending-install', 'pending-upgrade', 'failed'].includes(status)
}

/** What is beyond the limit, oldest revisions first to go. The newest one that is deployed stays, as with helm. */
export function surplus(history: readonly RevisionRecord[], limit: number): RevisionRecord[] {
  const newestFirst = [...history].sort((a, b) => b.revision - a.revision)
  const deployed = newestFirst.find(({ status }) => status === 'deployed')
  return newestFirst.slice(limit).filter(record => record !== deployed)
}
