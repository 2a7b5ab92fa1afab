/**
 * Taking a tenant away, wave by wave. Works from the marks on what exists, never from the spec, so that a tenant whose
 * spec is invalid can go too. Nothing without the tenant's own uid is touched.
 *
 *   keep what the policy keeps  →  release (its own waves)  →  slice of Proxmox VE (its own waves)  →  namespace  →  volumes
 *   →  finalizer
 *
 * Each wave starts when the one before it is observed to be done.
 */

import type { SliceTeardown } from './leaving-slice.ts'
import * as names from './names.ts'
import { isOwnNamespace, ownershipLabels } from './namespace.ts'
import { type KubeObject, refKey, refOf } from './object.ts'
import type { NamespaceObservation, TeardownObservation, VolumeObservation } from './observation.ts'
import type { TenantIdentity } from './release.ts'
import { planSliceTeardown } from './slice-teardown.ts'
import type { Step } from './step.ts'

export interface TeardownInputs {
  readonly tenant: TenantIdentity
  readonly deletionPolicy: 'Retain' | 'Delete'
  readonly operatorNamespace: string
  /** Whether the release goes without the hooks of its chart. */
  readonly skipHooks?: boolean
  /** The identities and rights with which Secrets are read and the release is deleted; somebody may have removed them. */
  readonly access: readonly KubeObject[]
}

export type Teardown = SliceTeardown

export function planTeardown(inputs: TeardownInputs, observed: TeardownObservation): Teardown {
  const { tenant } = inputs
  const namespace = names.namespaceName(tenant.name)
  const finish: Step = { do: 'kube.setFinalizer', tenant, present: false }
  if (observed.crdTerminating)
    return teardown('The Tenant kind is being removed: the environment is left as it is.', finish)
  const found = observed.namespace
  if (found.found === 'present' && isOwnNamespace(found, tenant)) {
    const kept = retentionSteps(inputs, observed)
    const retention = { stages: [{ name: 'Retention', steps: kept }], progress: KEEPING } as const
    if (found.terminating) {
      // Somebody deleted the namespace first. Volumes belong to no namespace, and can be kept as long as they are there.
      if (kept.length > 0) return retention
      const slice = sliceOf(tenant, observed)
      if (slice !== undefined) return slice
      return {
        stages: [],
        progress: `Waiting until namespace ${namespace} is gone${found.remaining ? `: ${found.remaining}` : '.'}`,
      }
    }
    const missing = inputs.access.filter(object => !observed.objects.has(refKey(refOf(object))))
    if (missing.length > 0) {
      const steps = missing.map((object): Step => ({ do: 'kube.apply', object }))
      return { stages: [{ name: 'Access', steps }], progress: 'Restoring the rights that the deletion needs.' }
    }
    if (kept.length > 0) return retention
    if (hasRelease(observed)) {
      const release = names.releaseName(tenant.name)
      const skip = inputs.skipHooks ? ({ skipHooks: true } as const) : {}
      return teardown(`Deleting release ${release}.`, { do: 'helm.uninstall', release, namespace, tenant, ...skip })
    }
    const slice = sliceOf(tenant, observed)
    if (slice !== undefined) return slice
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace }
    return teardown(`Deleting namespace ${namespace}.`, { do: 'kube.delete', ref, uid: found.uid })
  }
  const slice = sliceOf(tenant, observed)
  if (slice !== undefined) return slice
  const leaving = observed.volumes.filter(volume => volume.policy === 'Delete' && isOwnVolume(volume.labels, tenant))
  if (leaving.length > 0) {
    return {
      stages: [],
      progress: `Waiting until volumes are gone: ${leaving
        .map(volume => volume.name)
        .sort()
        .join(', ')}.`,
    }
  }
  return teardown('Nothing of the environment is left.', finish)
}

const KEEPING = 'Keeping volumes and credentials.'

function sliceOf(tenant: TenantIdentity, { slice }: TeardownObservation): SliceTeardown | undefined {
  return slice === undefined ? undefined : planSliceTeardown(tenant, slice)
}

export function hasRelease({ release }: Pick<TeardownObservation, 'release'>): boolean {
  return release.record !== undefined || release.latest !== undefined
}

/**
 * Volumes get the policy and the mark while their claims exist; credentials are copied for those who keep the data. A
 * volume without a mark whose claim has gone, and which is older than the namespace, may be left from an earlier one of
 * this name: nobody's but its owner's.
 */
function retentionSteps(inputs: TeardownInputs, observed: TeardownObservation): Step[] {
  const { tenant, deletionPolicy, operatorNamespace } = inputs
  const labels = ownershipLabels(tenant)
  const volumes = observed.volumes
    .filter(volume => isOwnVolume(volume.labels, tenant) || isOfThisNamespace(volume, observed.namespace))
    .filter(volume => volume.policy !== deletionPolicy || !isOwnVolume(volume.labels, tenant))
    .map(({ name }): Step => ({ do: 'kube.setVolumePolicy', volume: name, policy: deletionPolicy, labels }))
  const copies = observed.secrets
    .filter(secret => deletionPolicy === 'Retain' && !secret.copied)
    .map(
      ({ name }): Step => ({
        do: 'kube.copySecret',
        from: { apiVersion: 'v1', kind: 'Secret', namespace: names.namespaceName(tenant.name), name },
        to: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: names.retainedSecretName(tenant, name), namespace: operatorNamespace, labels },
        },
      }),
    )
  return [...volumes, ...copies]
}

/** Its claim is there, or was made in this very namespace, for the volume is no older. An earlier one took time to go. */
function isOfThisNamespace({ phase, createdAt = '' }: VolumeObservation, namespace: NamespaceObservation): boolean {
  if (!CLAIM_GONE.includes(phase)) return true
  return namespace.found === 'present' && namespace.createdAt !== undefined && createdAt >= namespace.createdAt
}

/** Phases of a volume whose claim was deleted. */
const CLAIM_GONE = ['Released', 'Failed']

function isOwnVolume(labels: Readonly<Record<string, string>>, tenant: TenantIdentity): boolean {
  return labels[names.TENANT_UID_LABEL] === tenant.uid
}

function teardown(progress: string, step: Step): Teardown {
  return { stages: [{ name: 'Teardown', steps: [step] }], progress }
}
