/** Why a volume of the database is not there, in the words of the volume controller or of its provisioner. Pure. */
import { lastNotice, type Notice } from './notice.ts'
import type { KubeObject } from './object.ts'
import type { PodProblem } from './observation.ts'

/** That a claim waits for its pod is said in other events, and is as it should be. */
const TELLING = new Set(['ProvisioningFailed', 'FailedBinding', 'ExternalProvisioning'])

export function isUnbound({ metadata, status }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined && (status as { phase?: string } | undefined)?.phase === 'Pending'
}

/** Each problem once, ordered. */
export function volumeProblems(claims: readonly KubeObject[], notices: readonly Notice[]): PodProblem[] {
  const problems = claims.filter(isUnbound).flatMap(claim => volumeProblem(claim, notices) ?? [])
  return problems.sort((a, b) => a.message.localeCompare(b.message))
}

function volumeProblem({ metadata }: KubeObject, notices: readonly Notice[]): PodProblem | undefined {
  const owner = metadata.labels?.['cnpg.io/cluster']
  const told = lastNotice(notices, { kind: 'PersistentVolumeClaim', name: metadata.name }, TELLING)
  if (owner === undefined || told === undefined) return undefined
  const missing = /^storageclass\.storage\.k8s\.io "([^"]*)" not found$/.exec(told.message)?.[1]
  return missing === undefined
    ? { owner, reason: 'VolumeNotBound', message: `volume ${metadata.name}: ${told.message}` }
    : {
        owner,
        reason: 'StorageClassNotFound',
        message: `volume ${metadata.name}: there is no StorageClass ${missing}.`,
      }
}
