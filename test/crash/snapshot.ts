/**
 * Everything there is, of every kind, sorted by tenant: so that a tenant that was crashed over can be compared with one
 * that was not. Names, uids, times and addresses are taken out; what differs then differs for a person too.
 */
import { decodedRecord } from '../../src/helm/record.ts'
import { namespaceName } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type ListedObject, objectName } from '../e2e/object-list.ts'
import type { Stage } from './stage.ts'
import { listWholeCluster } from './whole-cluster.ts'

/** Objects by their name, such as `v1/Secret tenant-NAME/tenantry-admin`; some have only a name that is taken out. */
export type Content = Readonly<Record<string, readonly unknown[]>>

export interface TenantSnapshot {
  readonly content: Content
  /** Helm's records, oldest first: `1 superseded`. */
  readonly revisions: readonly string[]
  /** What the operator has told so far: `Ready …`, each as often as it was told. */
  readonly told: readonly string[]
  /** Values of Secrets that must never change, and of their copies. */
  readonly secrets: Readonly<Record<string, unknown>>
}

/** `strays`: objects that belong to none of these tenants and were not there before. */
export async function takeSnapshot(
  stage: Pick<Stage, 'kube' | 'cluster' | 'planes'>,
  tenants: readonly string[],
  baseline: ReadonlySet<string> = new Set(),
): Promise<{ readonly of: ReadonlyMap<string, TenantSnapshot>; readonly names: string[]; readonly strays: string[] }> {
  const objects = await listWholeCluster(stage)
  const events = (await stage.kube.list(EVENT, { namespace: 'default' })) as unknown as Told[]
  const texts = objects.map(({ metadata: { managedFields: _, ...metadata }, ...object }) =>
    JSON.stringify({ ...object, metadata }),
  )
  // Where one tells of another tenant, that shall be seen in it.
  const ownerOf = ({ metadata }: ListedObject, text: string) =>
    tenants.find(tenant => metadata.name === tenant || metadata.namespace === namespaceName(tenant)) ??
    tenants.find(tenant => text.includes(tenant))
  const owners = objects.map((object, index) => ownerOf(object, texts[index] ?? ''))
  const of = new Map(
    tenants.map(tenant => {
      const own = objects.filter((_, index) => owners[index] === tenant)
      const told = events.filter(({ regarding }) => regarding.name === tenant)
      const found = snapshotOf(own, tenant)
      const content = { ...found.content, ...comparable(stage.planes.get(tenant)?.content() ?? {}, tenant) }
      return [tenant, { ...found, content, told: told.map(({ reason, note }) => `${reason} ${note}`) }]
    }),
  )
  const names = objects.map(objectName)
  const strays = names.filter((name, index) => owners[index] === undefined && !baseline.has(name))
  return { of, names, strays }
}

const EVENT = { apiVersion: 'events.k8s.io/v1', kind: 'Event' }

interface Told {
  readonly regarding: { readonly name: string }
  readonly reason: string
  readonly note: string
}

function snapshotOf(objects: readonly ListedObject[], tenant: string): Omit<TenantSnapshot, 'told'> {
  const records = objects.filter(({ type }) => type === 'helm.sh/release.v1')
  const byVersion = records.toSorted((a, b) => versionOf(a) - versionOf(b))
  const latest = byVersion.at(-1)
  // The plan is as the person has left it.
  const others = objects.filter(object => !records.includes(object) && object.kind !== 'TenantPlan')
  return {
    content: {
      ...contentsOf(others, tenant),
      ...(latest === undefined ? {} : { "Helm's newest record": [recordContent(latest, tenant)] }),
    },
    revisions: byVersion.map(record => `${versionOf(record)} ${record.metadata.labels?.status}`),
    secrets: Object.fromEntries(
      others.filter(({ kind }) => kind === 'Secret').map(({ metadata, data }) => [metadata.name, data]),
    ),
  }
}

function contentsOf(objects: readonly ListedObject[], tenant: string): Content {
  const byName = Object.groupBy(objects.map(withoutTail), object => comparable(objectName(object), tenant))
  return Object.fromEntries(
    Object.entries(byName).map(([name, named = []]) => [
      name,
      named.map(object => contentOf(object, tenant)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ]),
  )
}

/** Of a name that the API server has made up, what was asked for. */
function withoutTail({ metadata, ...object }: ListedObject): ListedObject {
  const { generateName } = metadata as { generateName?: string }
  return { ...object, metadata: { ...metadata, name: generateName ?? metadata.name } } as ListedObject
}

function versionOf({ metadata }: ListedObject): number {
  return Number(metadata.labels?.version)
}

function recordContent(record: ListedObject, tenant: string): unknown {
  const {
    modifiedAt: _,
    createdAt: __,
    version: ___,
    'tenantry.dev/revision': ____,
    ...labels
  } = record.metadata.labels ?? {}
  const { version: _____, ...release } = decodedRecord(record as unknown as KubeObject)
  const { description: ______, ...info } = release.info
  const hooks = (release.hooks ?? []).map(({ name, last_run }) => [name, last_run?.phase])
  return comparable({ labels, release: { ...release, info, hooks, chart: release.chart.metadata } }, tenant)
}

function contentOf(object: ListedObject, tenant: string): unknown {
  const { metadata, spec, status, data, ...rest } = object
  const {
    uid: _,
    resourceVersion: __,
    generation: ___,
    creationTimestamp: ____,
    managedFields: _____,
    finalizers,
    ...kept
  } = metadata
  // Held from its first lease on, for good: a tenant may go before it has one.
  const held = object.kind === 'ProxmoxCluster' || finalizers === undefined ? {} : { finalizers }
  const isSecret = object.kind === 'Secret'
  return comparable(
    {
      ...rest,
      metadata: { ...kept, ...held },
      ...(spec === undefined ? {} : { spec: specOf(object) }),
      ...(status === undefined ? {} : { status: statusOf(object) }),
      ...(data === undefined ? {} : { data: isSecret ? Object.keys(data as object).sort() : data }),
    },
    tenant,
  )
}

/** A revision is counted by `revisions`; what was changed in it, and is so by now, follows from what was there before. */
function specOf({ kind, spec }: ListedObject): unknown {
  const { revision: _, ...rest } = spec as { revision?: unknown; inventory?: readonly { change?: string }[] }
  if (kind === 'TenantRelease') {
    const present = rest.inventory?.filter(({ change }) => change !== 'Delete')
    return { ...rest, inventory: present?.map(({ change: _, ...entry }) => entry) }
  }
  const { claimRef } = rest as { claimRef?: Record<string, unknown> }
  return claimRef === undefined ? spec : { ...rest, claimRef: { ...claimRef, resourceVersion: '' } }
}

/** What tells of the way, and not of its end, is left out. */
function statusOf({ kind, status }: ListedObject): unknown {
  if (kind !== 'Tenant') return kind === 'Namespace' || kind === 'PersistentVolume' ? status : undefined
  const {
    log: _,
    provisioning: __,
    observedGeneration: ___,
    release,
    conditions = [],
    ...rest
  } = status as {
    conditions?: Record<string, unknown>[]
    release?: Record<string, unknown>
    [field: string]: unknown
  }
  const { revision: ____, ...ofRelease } = release ?? {}
  return {
    ...rest,
    release: ofRelease,
    conditions: conditions.map(({ observedGeneration: _, lastTransitionTime: __, ...condition }) => condition),
  }
}

const ERASED: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/\b[0-9a-f]{63,64}\b/g, 'DIGEST'],
  [/\b10\.96\.\d+\.\d+\b/g, 'ADDRESS'],
  [/\b\d+ (pre|post)-(install|upgrade|delete) TIME/g, 'RUN'],
  [/https:\/\/127\.0\.0\.1:\d+/g, 'ENDPOINT'],
  [/\b([0-9A-F]{2}:){31}[0-9A-F]{2}\b/g, 'FINGERPRINT'],
  [/kube-api-access-\w+/g, 'kube-api-access'],
  [/retained-NAME-[0-9a-f]{8}/g, 'retained-NAME-UID'],
]

function comparable<T>(value: T, tenant: string): T {
  let text = JSON.stringify(value).replaceAll(tenant, 'NAME')
  for (const [pattern, name] of ERASED) text = text.replaceAll(pattern, name)
  return JSON.parse(text) as T
}
