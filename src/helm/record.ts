/**
 * Helm's record of one revision, as its `list`, `history`, `get`, `rollback` and `uninstall` read it: a Secret with the
 * release object as JSON, gzipped, in base 64 (and once more, as all data of Secrets). Pure.
 * Source: pkg/storage/driver/{secrets,util}.go of helm.sh/helm/v4.
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { parseReleaseObject, type ReleaseObject } from './release-object.ts'

/**
 * On revisions that this operator made. helm copies labels that it does not know to the revisions it makes itself, so
 * these count only where the revision is the record's own; annotations it drops whenever it writes a record again.
 */
export const REVISION_LABEL = `${names.API_GROUP}/revision`
export const DIGEST_LABEL = `${names.API_GROUP}/digest`

/** What the API server allows for the data of a Secret. */
const MAX_BYTES = 1024 * 1024
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024

/** The digest of chart and values as far as a label can hold it: 63 of 64 digits. */
export function digestLabel(digest: string): string {
  return digest.slice(0, 63)
}

export function recordRef({ name, namespace }: { name: string; namespace: string }, revision: number): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: `sh.helm.release.v1.${name}.v${revision}` }
}

/**
 * The record of a revision of ours, under way or deployed.
 * @throws HelmError ReleaseTooLarge
 */
export function releaseRecord(release: ReleaseObject, digest: string, nowMs: number): KubeObject {
  const { name, namespace, version } = release
  const record = recordRef(release, version)
  return {
    apiVersion: record.apiVersion,
    kind: record.kind,
    metadata: {
      name: record.name,
      namespace,
      labels: {
        name,
        owner: 'helm',
        version: String(version),
        createdAt: seconds(nowMs),
        ...touched(release, nowMs),
        [REVISION_LABEL]: String(version),
        [DIGEST_LABEL]: digestLabel(digest),
      },
    },
    type: 'helm.sh/release.v1',
    data: packed(release),
  }
}

/** The release object as it is when all of it has been applied. */
export function deployedRelease(rendered: ReleaseObject, revision: number, nowMs: number): ReleaseObject {
  const description = revision === 1 ? 'Install complete' : 'Upgrade complete'
  const at = new Date(nowMs).toISOString()
  return withInfo({ ...rendered, version: revision }, { last_deployed: at, status: 'deployed', description })
}

export function withInfo(release: ReleaseObject, info: Partial<ReleaseObject['info']>): ReleaseObject {
  return { ...release, info: { ...release.info, ...info } }
}

/** What has to be merged into a record for it to say this of the release. Only as long as nobody else has written it. */
export function recordPatch(record: KubeObject, release: ReleaseObject, nowMs: number): Record<string, unknown> {
  const { resourceVersion } = record.metadata
  return { metadata: { resourceVersion, labels: touched(release, nowMs) }, data: packed(release) }
}

/** @throws HelmError RecordUnreadable */
export function decodedRecord({ metadata, data }: KubeObject): ReleaseObject {
  try {
    const inner = Buffer.from((data as { release: string }).release, 'base64').toString()
    const json = gunzipSync(Buffer.from(inner, 'base64'), { maxOutputLength: MAX_UNPACKED_BYTES })
    return parseReleaseObject(json.toString())
  } catch {
    throw new HelmError({
      reason: 'RecordUnreadable',
      message: `Cannot read Helm's record ${metadata.namespace}/${metadata.name}: it is not as Helm writes it`,
    })
  }
}

function packed(release: ReleaseObject): { release: string } {
  const inner = gzipSync(JSON.stringify(release)).toString('base64')
  if (inner.length > MAX_BYTES) {
    throw new HelmError({
      reason: 'ReleaseTooLarge',
      message: `Cannot record release ${release.name}: chart, values and manifest have ${inner.length} bytes compressed, and a Secret holds ${MAX_BYTES}`,
    })
  }
  return { release: Buffer.from(inner).toString('base64') }
}

function touched({ info }: Pick<ReleaseObject, 'info'>, nowMs: number): Record<string, string> {
  return { status: info.status, modifiedAt: seconds(nowMs) }
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000))
}
