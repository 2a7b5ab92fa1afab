/** A world for releases in memory: a cluster, a chart whose values are its objects, a clock, and other people. */
import { applyRelease } from '../../src/helm/apply.ts'
import { createFieldsMemory } from '../../src/helm/fields-memory.ts'
import { observeRelease } from '../../src/helm/observe.ts'
import type { ReleasePorts } from '../../src/helm/port.ts'
import {
  decodedRecord,
  deployedRelease,
  recordPatch,
  recordRef,
  releaseRecord,
  withInfo,
} from '../../src/helm/record.ts'
import type { ReleaseHook } from '../../src/helm/release-object.ts'
import { type UninstallOptions, uninstallRelease } from '../../src/helm/uninstall.ts'
import { type KubeObject, refKey } from '../../src/plan/object.ts'
import type { DesiredRelease } from '../../src/plan/release.ts'
import { type MemoryKube, memoryKube } from './memory-kube.ts'
import { makeDesiredRelease, makeReleaseObject, manifestOf, RELEASE } from './release.ts'

export interface ReleaseWorld {
  readonly kube: MemoryKube
  readonly ports: ReleasePorts
  /** How often the chart was rendered. */
  renders(): number
  /** Lets this much time go by. */
  pass(ms: number): void
  apply(objects: readonly KubeObject[], hooks?: readonly ReleaseHook[]): ReturnType<typeof applyRelease>
  /** What the Job controller says of a Job. */
  endJob(name: string, end?: 'Complete' | 'Failed'): void
  uninstall(options?: UninstallOptions): ReturnType<typeof uninstallRelease>
  observe(): ReturnType<typeof observeRelease>
  /** Names of ConfigMaps in the release's namespace, with their content. */
  content(): Record<string, unknown>
  /** A person's `helm upgrade`, which takes the tenant's labels off. Helm's own statuses are there too. */
  upgradeByHand(objects: readonly KubeObject[], status?: string): void
  /** A person's `helm uninstall`. */
  uninstallByHand(): void
  /** What is left of writes, as `verb name`. */
  writes(): string[]
}

export const HOOK_TIMEOUT_MS = 60_000

export function desiredOf(objects: readonly KubeObject[], hooks: readonly ReleaseHook[] = []): DesiredRelease {
  return makeDesiredRelease({ values: { objects, hooks } })
}

export function releaseWorld(): ReleaseWorld {
  const kube = memoryKube()
  let nowMs = Date.parse('2026-11-21T09:00:00Z')
  let renders = 0
  const ports: ReleasePorts = {
    kube,
    hookTimeoutMs: HOOK_TIMEOUT_MS,
    fields: createFieldsMemory(),
    historyLimit: 10,
    now: () => nowMs,
    scopeOf: async ({ kind }) => (kind === 'Namespace' ? 'Cluster' : 'Namespaced'),
    isWatched: () => true,
    renderer: {
      render: async ({ release: { values } }) => {
        renders += 1
        const { objects, hooks } = values as { objects: KubeObject[]; hooks: ReleaseHook[] }
        return { release: makeReleaseObject({ version: 99, manifest: manifestOf(objects), hooks, config: values }) }
      },
    },
  }
  const records = () =>
    [...kube.objects.values()]
      .filter(({ type }) => type === 'helm.sh/release.v1')
      .sort((a, b) => Number(a.metadata.labels?.version) - Number(b.metadata.labels?.version))
  return {
    kube,
    ports,
    renders: () => renders,
    pass: ms => {
      nowMs += ms
    },
    apply: (objects, hooks) => applyRelease(ports, desiredOf(objects, hooks)),
    endJob(name, end = 'Complete') {
      const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: RELEASE.namespace, name }
      const job = kube.objects.get(refKey(ref))
      if (job === undefined) throw new Error(`there is no Job ${name}`)
      const condition = { type: end, status: 'True', ...(end === 'Failed' ? { reason: 'BackoffLimitExceeded' } : {}) }
      kube.put({ ...job, status: { conditions: [condition] } })
    },
    uninstall: options => uninstallRelease(ports, RELEASE, options),
    observe: () => observeRelease(kube, RELEASE),
    content: () =>
      Object.fromEntries(
        [...kube.objects.values()]
          .filter(({ kind }) => kind === 'ConfigMap')
          .map(({ metadata, data }) => [metadata.name, data])
          .sort(),
      ),
    upgradeByHand(objects, status = 'deployed') {
      const last = records().at(-1)
      const gone = last === undefined ? [] : manifestObjects(last)
      for (const { metadata, ...rest } of gone) {
        kube.remove({ ...rest, namespace: RELEASE.namespace, name: metadata.name })
      }
      for (const object of objects) kube.put(byHelm(object))
      const revision = Number(last?.metadata.labels?.version ?? 0) + 1
      const release = deployedRelease(makeReleaseObject({ manifest: manifestOf(objects) }), revision, nowMs)
      const record = releaseRecord({ ...release, info: { ...release.info, status } }, 'theirs', nowMs)
      const { 'tenantry.dev/revision': _, 'tenantry.dev/digest': __, ...labels } = record.metadata.labels ?? {}
      // helm hands labels that it does not know on to its own revisions.
      const inherited = Object.entries(last?.metadata.labels ?? {}).filter(([key]) => key.startsWith('tenantry.dev/'))
      const all = { ...Object.fromEntries(inherited), ...labels }
      kube.put({ ...record, metadata: { ...record.metadata, labels: all } })
      if (last !== undefined && status === 'deployed') setStatus(kube, last, 'superseded', nowMs)
    },
    uninstallByHand() {
      for (const record of records()) {
        for (const { metadata, ...rest } of manifestObjects(record)) {
          kube.remove({ ...rest, namespace: RELEASE.namespace, name: metadata.name })
        }
        kube.remove(recordRef(RELEASE, Number(record.metadata.labels?.version)))
      }
    },
    writes: () =>
      kube.calls
        .filter(({ verb }) => verb !== 'get' && verb !== 'list')
        .map(({ verb, what }) => `${verb} ${what.split('/').at(-1)}`),
  }
}

function byHelm({ metadata, ...rest }: KubeObject): KubeObject {
  const annotations = {
    'meta.helm.sh/release-name': RELEASE.name,
    'meta.helm.sh/release-namespace': RELEASE.namespace,
  }
  const marks = { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations }
  return { ...rest, metadata: { ...metadata, ...marks, namespace: RELEASE.namespace } } as KubeObject
}

function manifestObjects(record: KubeObject): KubeObject[] {
  const documents = decodedRecord(record).manifest.split('---\n').slice(1)
  return documents.map(document => JSON.parse(document.split('\n')[1] ?? '') as KubeObject)
}

function setStatus(kube: MemoryKube, record: KubeObject, status: string, nowMs: number): void {
  const { metadata, data } = recordPatch(
    record,
    withInfo(decodedRecord(record), { status }),
    nowMs,
  ) as unknown as KubeObject
  const found = kube.objects.get(refKey({ ...record, name: record.metadata.name, namespace: RELEASE.namespace }))
  const labels = { ...found?.metadata.labels, ...metadata.labels }
  kube.put({ ...record, data, metadata: { ...record.metadata, labels } })
}
