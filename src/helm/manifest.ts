/** A rendered manifest as objects, in the order in which Helm put them: the order to install in. Pure. */
import { type Document, parseAllDocuments, type ScalarTag } from 'yaml'
import { z } from 'zod'
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { plainScalar } from './plain-scalar.ts'
import type { KindRef, KindScope } from './port.ts'

const objectSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().nullish() }),
})

const plain: ScalarTag = { tag: 'tag:yaml.org,2002:str', default: true, test: /^(?!<<$)/, resolve: plainScalar }

/** One document of a manifest, as data. */
export interface ManifestDocument {
  /** The template that it comes from. */
  readonly source?: string | undefined
  readonly content: unknown
}

/** @throws HelmError ReleaseUnreadable, naming the template and never its content. */
export function parseManifest(manifest: string): KubeObject[] {
  return objectsIn(readManifest(manifest))
}

/** @throws HelmError ReleaseUnreadable */
export function objectsIn(documents: readonly ManifestDocument[]): KubeObject[] {
  return documents.flatMap(({ source, content }, index) => {
    const where = whereIs(source, index)
    return content === null ? [] : itemsOf(content).map(item => parseObject(item, where))
  })
}

function readManifest(manifest: string): ManifestDocument[] {
  const documents = parseAllDocuments(manifest, {
    version: '1.1',
    schema: 'failsafe',
    customTags: tags => [plain, ...tags],
    merge: true,
    // Of two equal keys Helm and the API server take the last.
    uniqueKeys: false,
    logLevel: 'silent',
    // Nobody reads where an error is, and to keep count of the lines takes a tenth of the time.
    prettyErrors: false,
  })
  return [...documents].map((document, index) => {
    const source = sourceOf(document)
    if (document.errors.length > 0) throw unreadable(whereIs(source, index), 'it is not YAML')
    return { source, content: document.toJS({ maxAliasCount: 1000 }) as unknown }
  })
}

function whereIs(source: string | undefined, index: number): string {
  return source ?? `document ${index + 1} of the manifest`
}

/** helm writes above each document which template it comes from. */
function sourceOf(document: Document): string | undefined {
  const comment = document.commentBefore ?? (document.contents as { commentBefore?: string } | null)?.commentBefore
  return /^ ?Source: (\S+)/m.exec(comment ?? '')?.[1]
}

/** A `List` stands for its items, as for kubectl and Helm. */
function itemsOf(content: unknown): unknown[] {
  const { apiVersion, kind, items } = content as { apiVersion?: unknown; kind?: unknown; items?: unknown }
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [content]
  const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) }
  return items.map(item => ({ ...inherited, ...item }))
}

function parseObject(content: unknown, where: string): KubeObject {
  const parsed = objectSchema.safeParse(content)
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the object itself')
    throw unreadable(where, `no Kubernetes object, for lack of ${fields.join(', ')}`)
  }
  const { namespace, ...metadata } = parsed.data.metadata
  return { ...parsed.data, metadata: namespace ? { ...metadata, namespace } : metadata }
}

function unreadable(where: string, why: string): HelmError {
  return new HelmError({ reason: 'ReleaseUnreadable', message: `Cannot read ${where}: ${why}` })
}

/**
 * The objects with their namespace filled in. Those that would lie elsewhere are an error.
 * @throws HelmError KindNotServed, OutsideNamespace, DuplicateObject, naming every such object
 */
export function placeObjects(
  objects: readonly KubeObject[],
  namespace: string,
  scopeOf: (kind: KindRef) => KindScope,
): KubeObject[] {
  refuse('KindNotServed', 'The API server does not serve the kind of', objects, o => scopeOf(o) === 'NotServed')
  const isElsewhere = (object: KubeObject) =>
    scopeOf(object) === 'Cluster' || (object.metadata.namespace ?? namespace) !== namespace
  refuse('OutsideNamespace', `Outside namespace ${namespace}, where a release must stay, lie`, objects, isElsewhere)
  const placed = objects.map(object => ({ ...object, metadata: { ...object.metadata, namespace } }))
  const keys = placed.map(objectKey)
  refuse('DuplicateObject', 'The chart renders more than once', placed, (_, index) =>
    keys.slice(0, index).includes(keys[index] as string),
  )
  return placed
}

function refuse(
  reason: 'KindNotServed' | 'OutsideNamespace' | 'DuplicateObject',
  what: string,
  objects: readonly KubeObject[],
  isRefused: (object: KubeObject, index: number) => boolean,
): void {
  const refused = objects.filter(isRefused)
  if (refused.length === 0) return
  const names = refused.map(({ apiVersion, kind, metadata }) =>
    [`${kind} (${apiVersion})`, [metadata.namespace, metadata.name].filter(part => part !== undefined).join('/')].join(
      ' ',
    ),
  )
  throw new HelmError({ reason, message: `${what}: ${names.join(', ')}` })
}

/** The same for one object in whatever version of its API. */
export function objectKey({ apiVersion, kind, metadata }: KubeObject): string {
  return entryKey({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })
}

export function entryKey(ref: KindRef & { namespace?: string | undefined; name: string }): string {
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.split('/')[0] : ''
  return [group, ref.kind, ref.namespace ?? '', ref.name].join('/')
}
