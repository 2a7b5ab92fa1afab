/** Writes the status of a tenant, a plan, a Proxmox cluster or a lease, only where it differs, and tells what changed by events. */
import { isDeepStrictEqual } from 'node:util'
import type { Condition } from '../crds/condition.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import type { Kube } from '../kube/client.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import { conditionOf } from '../plan/condition-set.ts'
import { HALTED } from '../plan/deletion-breaker.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { StatusInputs } from '../plan/status.ts'
import { isUnderWay } from '../plan/verdict/under-way.ts'
import type { Worlds } from './worlds.ts'

interface WithConditions {
  readonly conditions?: readonly Condition[] | undefined
}

export type StatusWriter<Status extends WithConditions = TenantStatus> = (
  about: KubeObject,
  status: Status,
) => Promise<void>

export function statusInputs(tenant: KubeObject, now: string): StatusInputs {
  const { generation = 0, creationTimestamp: createdAt = now } = tenant.metadata
  return { generation, createdAt, before: tenant.status as TenantStatus | undefined, now }
}

/** An object that has gone, or has been replaced by another of its name, in the meantime is nothing to report. */
export function createStatusWriter<Status extends WithConditions = TenantStatus>({
  kube,
  recordEvent,
  guarded = false,
}: {
  kube: Kube
  recordEvent: Worlds['recordEvent']
  /** Only while the object is as it was seen: another pass writes a part of its status. */
  guarded?: boolean
}): StatusWriter<Status> {
  return async (about, status) => {
    const before = about.status as Status | undefined
    if (isDeepStrictEqual(before, status)) return
    const { name, uid, resourceVersion } = about.metadata
    const object = {
      apiVersion: names.API_VERSION,
      kind: about.kind,
      metadata: { name, ...(uid ? { uid } : {}), ...(guarded && resourceVersion ? { resourceVersion } : {}) },
      status,
    }
    try {
      const options = { manager: names.FIELD_MANAGER, force: true, subresource: 'status', metadataOnly: true } as const
      await kube.apply(object, options)
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return
      throw error
    }
    announce(about, before, status, recordEvent)
    warnOfRights(about, before, status, recordEvent)
  }
}

function announce(
  about: KubeObject,
  before: WithConditions | undefined,
  after: WithConditions,
  recordEvent: Worlds['recordEvent'],
): void {
  const ready = conditionOf(after, 'Ready')
  const was = conditionOf(before, 'Ready')
  if (ready === undefined || (was?.status === ready.status && was.reason === ready.reason)) return
  if (isUnderWay(ready.reason, was?.status === 'True')) return
  const isWrong = (['Stalled', 'Drifted'] as const).some(type => conditionOf(after, type)?.status === 'True')
  const calls = isWrong || ready.reason === HALTED
  const type = calls || (was?.status === 'True' && ready.status !== 'True') ? 'Warning' : 'Normal'
  recordEvent(about, { type, reason: ready.reason, message: ready.message })
}

/** Rights that are too many stand in the way of nothing, so that nobody would look for them. */
function warnOfRights(
  about: KubeObject,
  before: WithConditions | undefined,
  after: WithConditions,
  recordEvent: Worlds['recordEvent'],
): void {
  const authorized = conditionOf(after, 'Authorized')
  if (authorized?.reason !== 'RightsTooMany' || conditionOf(before, 'Authorized')?.reason === authorized.reason) return
  recordEvent(about, { type: 'Warning', reason: authorized.reason, message: authorized.message })
}
