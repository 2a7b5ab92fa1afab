/**
 * What the limit writes, taken from a tenant that the operator itself has installed: the same objects by its own plan and
 * its own rendering, Helm's record and the inventory as they are in the end, and the status as it was reported.
 */

import { join } from 'node:path'
import type { InventoryEntry } from '../../src/crds/tenant-release.ts'
import { planChange } from '../../src/helm/change.ts'
import { chartFolder } from '../../src/helm/chart.ts'
import type { KindRef } from '../../src/helm/port.ts'
import { settled } from '../../src/helm/promise.ts'
import {
  decodedRecord,
  deployedRelease,
  recordPatch,
  recordRef,
  releaseRecord,
  withInfo,
} from '../../src/helm/record.ts'
import { renderedObjects } from '../../src/helm/rendered-objects.ts'
import { createHelm } from '../../src/helm/run.ts'
import { tenantReleaseObject, tenantReleaseRef } from '../../src/helm/tenant-release.ts'
import * as names from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { DesiredTenant } from '../../src/plan/tenant.ts'
import type { Arena } from '../arena/arena.ts'
import { chartsDir, desiredOf, type Version } from '../arena/customer.ts'
import type { Write, WriteList } from './write.ts'

export interface Model {
  readonly writes: WriteList
  /** Objects that the upgrade changes. */
  readonly changedObjects: number
}

/** `tenant` as the operator has left it at revision 1. */
export async function modelOf(arena: Arena, tenant: KubeObject): Promise<Model> {
  const { name, uid = '' } = tenant.metadata
  const first = await revisionOf(arena, await desiredOf({ name, uid }, 1), 1)
  const second = await revisionOf(arena, await desiredOf({ name, uid }, 2), 2)
  const installed = planChange(first.objects, [])
  const before = settled(installed.inventory, true)
  const upgraded = planChange(second.objects, before)
  const { namespace, access, policies, secrets } = first.desired
  const own = [namespace, ...access, ...policies].map(object => apply(object, names.FIELD_MANAGER))
  const secretObjects = await Promise.all(secrets.map(({ object }) => secretOf(arena, object)))
  const status = apply({ ...tenantOf(name), status: tenant.status }, names.FIELD_MANAGER, 'status')
  return {
    changedObjects: upgraded.apply.length,
    writes: {
      model: name,
      install: [
        ...own,
        ...secretObjects.map(object => create(object, names.FIELD_MANAGER)),
        ...installed.apply.map(object => apply(object, names.RELEASE_FIELD_MANAGER)),
        create(first.record, 'helm'),
        create(inventory(first, before), names.FIELD_MANAGER),
        status,
      ],
      upgrade: [
        ...upgraded.apply.map(object => apply(object, names.RELEASE_FIELD_MANAGER)),
        create(second.record, 'helm'),
        { verb: 'patch', ref: recordRef(first.desired.release, 1), patch: superseded(first.record) },
        {
          verb: 'patch',
          ref: tenantReleaseRef(second.desired.release),
          patch: { spec: inventory(second, upgraded.inventory).spec },
        },
        status,
      ],
    },
  }
}

interface Revision {
  readonly desired: DesiredTenant
  readonly revision: Version
  /** Stamped, in install order. */
  readonly objects: readonly KubeObject[]
  readonly record: KubeObject
}

async function revisionOf(arena: Arena, desired: DesiredTenant, revision: Version): Promise<Revision> {
  const { helm: binary, stateDir, administrator, discovery } = arena
  const privateDir = join(stateDir, 'model')
  const helm = createHelm({
    binary,
    charts: chartFolder(chartsDir),
    kubeconfig: administrator.kubeconfig,
    privateDir: stateDir,
    env: { HOME: privateDir, PATH: process.env.PATH },
  })
  const nowMs = Date.now()
  const { release: rendered } = await helm.render({ release: desired.release })
  const release = deployedRelease(rendered, revision, nowMs)
  const scopeOf = async (kind: KindRef) => ((await discovery.find(kind)).namespaced ? 'Namespaced' : 'Cluster')
  return {
    desired,
    revision,
    objects: await renderedObjects({ release }, desired.release, scopeOf),
    record: releaseRecord(release, desired.release.digest, nowMs),
  }
}

function inventory({ desired, revision }: Revision, entries: readonly InventoryEntry[]) {
  const { name, chart, digest } = desired.release
  return tenantReleaseObject(desired.release, {
    release: name,
    chart: chart.name,
    chartVersion: chart.version,
    digest,
    revision,
    inventory: [...entries],
  })
}

/** As it was made, with its values. */
async function secretOf({ kube }: Arena, { metadata }: KubeObject): Promise<KubeObject> {
  const { name, namespace = '', labels = {} } = metadata
  const found = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
  if (found === undefined) throw new Error(`Cannot find Secret ${namespace}/${name}: the model is not installed`)
  const { apiVersion, kind, type, data } = found
  return { apiVersion, kind, metadata: { name, namespace, labels }, type, data }
}

/** Without the precondition, which another tenant's record would not meet. */
function superseded(record: KubeObject): Record<string, unknown> {
  const { metadata, data } = recordPatch(
    record,
    withInfo(decodedRecord(record), { status: 'superseded' }),
    Date.now(),
  ) as {
    metadata: { labels: unknown }
    data: unknown
  }
  return { metadata: { labels: metadata.labels }, data }
}

function tenantOf(name: string): KubeObject {
  return { apiVersion: names.API_VERSION, kind: 'Tenant', metadata: { name } }
}

function apply(object: KubeObject, manager: string, subresource?: 'status'): Write {
  return { verb: 'apply', object, manager, ...(subresource === undefined ? {} : { subresource }) }
}

function create(object: KubeObject, manager: string): Write {
  return { verb: 'create', object, manager }
}
