/** Who wrote what, as the API server itself put it down. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { stateFiles } from '../../dev/cluster/node/layout.ts'
import type { Environment } from './environment.ts'

export interface Write {
  verb: string
  resource: string
  name: string
}

interface AuditEvent {
  stage: string
  verb: string
  requestReceivedTimestamp: string
  user: { username: string }
  impersonatedUser?: { username: string }
  responseStatus?: { code: number }
  requestURI: string
  objectRef?: { resource: string; subresource?: string; namespace?: string; name?: string }
}

export interface WriteFilter {
  since: Date
  namespace: string
  /** Takes the user as whom it was written. */
  by(writer: string): boolean
}

const writingVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection']

/** Accepted writes of objects, dry runs and subresources left out. */
export async function readWrites({ stateDir }: Environment, { since, namespace, by }: WriteFilter): Promise<Write[]> {
  const { auditLog } = stateFiles(stateDir)
  if (!existsSync(auditLog)) throw new Error('this cluster has no audit log')
  const lines = (await readFile(auditLog, 'utf8')).split('\n').filter(line => line.includes(namespace))
  return lines
    .map(line => JSON.parse(line) as AuditEvent)
    .filter(event => event.stage === 'ResponseComplete' && writingVerbs.includes(event.verb))
    .filter(({ responseStatus, requestURI }) => (responseStatus?.code ?? 500) < 300 && !requestURI.includes('dryRun='))
    .filter(({ requestReceivedTimestamp }) => new Date(requestReceivedTimestamp) >= since)
    .filter(({ user, impersonatedUser }) => by((impersonatedUser ?? user).username))
    .flatMap(({ verb, objectRef }) =>
      objectRef?.namespace !== namespace || objectRef.subresource !== undefined
        ? []
        : [{ verb, resource: objectRef.resource, name: objectRef.name ?? '' }],
    )
}
