/** Builders for releases in tests: a desired one, and release objects as helm makes them. */
import type { ReleaseHook, ReleaseObject } from '../../src/helm/release-object.ts'
import { digestOf } from '../../src/plan/digest.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { DesiredRelease } from '../../src/plan/release.ts'
import { TENANT } from './tenant.ts'

export const RELEASE = { name: `tenant-${TENANT.name}`, namespace: `tenant-${TENANT.name}`, tenant: TENANT }

export function makeDesiredRelease(release: Partial<DesiredRelease> = {}): DesiredRelease {
  const chart = { name: 'shop', version: '0.1.0', digest: 'c0ffee', ...release.chart }
  const values = release.values ?? {}
  return { ...RELEASE, clusterRole: 'tenantry-release', chart, values, digest: digestOf({ chart, values }), ...release }
}

export function makeReleaseObject(release: Partial<ReleaseObject> = {}): ReleaseObject {
  return {
    name: RELEASE.name,
    namespace: RELEASE.namespace,
    version: 1,
    info: { status: 'pending-install', description: 'Dry run complete', first_deployed: '2026-11-21T08:00:00Z' },
    chart: { metadata: { name: 'shop', version: '0.1.0' } },
    manifest: '',
    ...release,
  }
}

/** A manifest as helm writes one. JSON is YAML. */
export function manifestOf(objects: readonly KubeObject[]): string {
  return objects.map(object => `---\n# Source: shop/templates/x.yaml\n${JSON.stringify(object)}\n`).join('')
}

export function makeConfigMap(name: string, data: Record<string, string> = {}, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data }
}

/** A hook as helm renders one: by default a Job, run before an upgrade. */
export function makeHook(name: string, hook: Partial<ReleaseHook> & { object?: object } = {}): ReleaseHook {
  const { object = { apiVersion: 'batch/v1', kind: 'Job', spec: {} }, events = ['pre-upgrade'], ...rest } = hook
  const { kind } = object as KubeObject
  const annotations = { 'helm.sh/hook': (events ?? []).join(',') }
  const manifest = JSON.stringify({ ...object, metadata: { name, annotations } })
  return {
    name,
    kind,
    path: `shop/templates/${name}.yaml`,
    manifest,
    events,
    weight: 0,
    last_run: { phase: '' },
    ...rest,
  }
}
