/** Which volumes to make, enlarge and remove so that claims and volumes agree. Pure. */

import type { KubeObject } from '../../../../src/plan/object.ts'

export const provisionerName = 'tenantry.dev/hostpath'

/** https://kubernetes.io/docs/reference/labels-annotations-taints/ : set by the controller manager, read by us. */
const claimProvisioner = 'volume.kubernetes.io/storage-provisioner'
/** The other way round: by it the controller manager leaves removal to us. */
const volumeProvisioner = 'pv.kubernetes.io/provisioned-by'

export interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string
    readonly volumeName?: string
    readonly accessModes: readonly string[]
    readonly resources: { readonly requests: { readonly storage: string } }
  }
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage: string } }
}

export interface Volume extends KubeObject {
  readonly spec: {
    readonly capacity: { readonly storage: string }
    readonly persistentVolumeReclaimPolicy: ReclaimPolicy
    readonly claimRef?: { readonly uid?: string }
    readonly [field: string]: unknown
  }
  readonly status?: { readonly phase?: string }
}

export type ReclaimPolicy = 'Delete' | 'Retain'

export type VolumeStep =
  | { readonly step: 'create'; readonly claim: Claim }
  | { readonly step: 'enlarge'; readonly claim: Claim; readonly volume: Volume }
  | { readonly step: 'remove'; readonly volume: Volume }

export function planVolumes(claims: readonly Claim[], volumes: readonly Volume[]): VolumeStep[] {
  const ours = volumes.filter(({ metadata }) => metadata.annotations?.[volumeProvisioner] === provisionerName)
  const byName = new Map(ours.map(volume => [volume.metadata.name, volume]))
  const steps = claims.flatMap((claim): VolumeStep[] => {
    if (claim.metadata.deletionTimestamp !== undefined) return []
    const volume = byName.get(volumeName(claim))
    if (volume === undefined) return wantsVolume(claim) ? [{ step: 'create', claim }] : []
    return isTooSmall(claim) ? [{ step: 'enlarge', claim, volume }] : []
  })
  return [...steps, ...ours.filter(isToBeRemoved).map(volume => ({ step: 'remove', volume }) as const)]
}

/** With WaitForFirstConsumer the annotation appears only when a pod that uses the claim has been given a node. */
function wantsVolume({ metadata, spec }: Claim): boolean {
  return metadata.annotations?.[claimProvisioner] === provisionerName && spec.volumeName === undefined
}

/** Claims can only grow, so any difference is one. */
function isTooSmall({ spec, status }: Claim): boolean {
  return status?.phase === 'Bound' && status.capacity?.storage !== spec.resources.requests.storage
}

function isToBeRemoved({ spec, status }: Volume): boolean {
  return status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete'
}

/** The same for the same claim, so that making it twice is refused. */
export function volumeName({ metadata }: Pick<Claim, 'metadata'>): string {
  return `pvc-${metadata.uid}`
}

/** `path` is a folder of the node. A volume of type `local` gets the pod's fsGroup, which `hostPath` would not. */
export function desiredVolume(
  claim: Claim,
  { path, node, reclaimPolicy }: { path: string; node: string; reclaimPolicy: ReclaimPolicy },
): KubeObject {
  const { metadata, spec } = claim
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName(claim), annotations: { [volumeProvisioner]: provisionerName } },
    spec: {
      capacity: { storage: spec.resources.requests.storage },
      accessModes: spec.accessModes,
      volumeMode: 'Filesystem',
      storageClassName: spec.storageClassName,
      persistentVolumeReclaimPolicy: reclaimPolicy,
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  }
}
