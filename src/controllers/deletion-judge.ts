/** Looks together what plan/deletion-breaker.ts decides by. What it knows are the watches; it remembers nothing else. */
import type { Config } from '../config.ts'
import type { Condition } from '../crds/condition.ts'
import type { Informer } from '../kube/informer.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import {
  type BreakerLimits,
  type DeletionMark,
  type DeletionVerdict,
  HALTED,
  judgeDeletion,
} from '../plan/deletion-breaker.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { createDeletionCensus } from './deletion-census.ts'
import type { Settings } from './settings.ts'

export interface DeletionJudgeOptions {
  readonly cache: Pick<TenantCache, 'tenants' | 'namespaces'>
  readonly ownNamespace: Pick<Informer, 'get'>
  readonly limits: BreakerLimits
  readonly settings: Settings
  readonly nowMs?: () => number
}

export function createDeletionJudge(options: DeletionJudgeOptions): (tenant: KubeObject) => DeletionVerdict {
  const { cache, ownNamespace, limits, settings, nowMs = Date.now } = options
  const { namespace } = settings.operator
  const census = createDeletionCensus(cache)
  return tenant => {
    const confirmedUntil = ownNamespace.get(namespace)?.metadata.annotations?.[names.CONFIRM_DELETIONS_ANNOTATION]
    const world = {
      tenants: census.tenants(),
      leaving: [...census.leaving()].map(markOf),
      vanished: census.vanished(),
      operatorNamespace: namespace,
      ...(confirmedUntil === undefined ? {} : { confirmedUntil }),
    }
    return judgeDeletion(markOf(tenant), world, { limits, nowMs: nowMs() })
  }
}

export function haltLimitsOf(config: Config): BreakerLimits {
  return {
    least: config.deletionHaltLeast,
    percent: config.deletionHaltPercent,
    windowSeconds: config.deletionHaltSeconds,
  }
}

/** A deleted tenant whose environment is left standing, as its own status says. */
export function isHalted(tenant: KubeObject): boolean {
  return saidOf(tenant) === HALTED
}

function markOf(tenant: KubeObject): DeletionMark {
  const { name, uid = '', deletionTimestamp, annotations } = tenant.metadata
  const confirmation = annotations?.[names.CONFIRM_DELETION_ANNOTATION]
  const said = saidOf(tenant)
  return {
    name,
    uid,
    ...(deletionTimestamp === undefined ? {} : { deletedAt: deletionTimestamp }),
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(said === undefined ? {} : { said }),
  }
}

function saidOf({ status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] }
  return conditions.find(({ type, status }) => type === 'Deleting' && status === 'True')?.reason
}
