/** What CloudNativePG and a storage provisioner make of a Cluster of one instance. Pure. */
import { DATABASE_SECRET } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'

const CLAIM = 'db-1'

export function databaseVolume(namespace: string): string {
  return `${namespace}-${CLAIM}`
}

/** The volume before its claim, so that the claim is bound to it; and one whose claim went, as after a restore. */
export function databaseParts({ apiVersion, kind, metadata }: KubeObject): KubeObject[] {
  const { name, namespace = '', uid } = metadata
  const claim = CLAIM
  const volume = databaseVolume(namespace)
  const owned = { namespace, ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] }
  const accessModes = ['ReadWriteOnce']
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      // With this annotation the volume controller leaves the deletion to a provisioner, which is played.
      metadata: { name: volume, annotations: { 'pv.kubernetes.io/provisioned-by': 'played' } },
      spec: {
        accessModes,
        capacity: { storage: '1Gi' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: claim, namespace },
        csi: { driver: 'played', volumeHandle: volume },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'played',
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${volume}-former`, annotations: { 'pv.kubernetes.io/provisioned-by': 'played' } },
      spec: {
        accessModes,
        capacity: { storage: '1Gi' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'db-0', namespace, uid },
        csi: { driver: 'played', volumeHandle: `${volume}-former` },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'played',
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claim, ...owned },
      spec: {
        accessModes,
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'played',
        volumeName: volume,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: DATABASE_SECRET, ...owned },
      stringData: { username: 'app', password: 'played' },
    },
  ]
}
