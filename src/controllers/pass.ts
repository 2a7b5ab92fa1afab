/** A pass over one tenant, with everything it needs. Of the passes before, it knows how often something was done in a row. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import type { Clock } from '../kube/clock.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import { createDeletionJudge, haltLimitsOf } from './deletion-judge.ts'
import { createFullLooks } from './full-looks.ts'
import type { Outcome } from './outcome.ts'
import { createOwnWords } from './own-words.ts'
import type { Urgency } from './queue.ts'
import { createRewriteBudget } from './rewrite-budget.ts'
import { createStatusWriter } from './status-writer.ts'
import { reconcileTenant } from './tenant.ts'
import type { Worlds } from './worlds.ts'

export interface PassOptions {
  readonly config: Config
  readonly cluster: Pick<ClusterConnection, 'kube' | 'cache' | 'ownNamespace'>
  readonly worlds: Worlds
  readonly logger: Logger
  readonly clock: Clock
}

/** So many passes in a row leave their status to the next one. One that nobody lets come to an end is told all the same. */
const DEFERRED = 2
/** Of the time between two resyncs: each of them is a full look, and what else comes meanwhile puts it off only so far. */
const FULL_LOOK_AFTER = 0.5
/** While a tenant is not Ready. It is looked at more often than that while it comes up. */
const FULL_LOOK_MS = 10_000

export function createPass({
  config,
  cluster,
  worlds,
  logger,
  clock,
}: PassOptions): (name: string, urgency?: Urgency) => Promise<Outcome> {
  const settings = {
    baseDomain: config.baseDomain,
    operator: { namespace: config.operatorNamespace, serviceAccount: config.serviceAccount },
  }
  const writeStatus = createStatusWriter({ kube: cluster.kube, recordEvent: worlds.recordEvent })
  const limits = haltLimitsOf(config)
  const nowMs = () => clock.date().getTime()
  const { cache, ownNamespace } = cluster
  const judge = createDeletionJudge({ cache, ownNamespace, limits, settings, nowMs })
  const budget = createRewriteBudget()
  const rewrites = {
    allows: (key: string) => budget.allows(key, clock.nowMs()),
    spend: (key: string) => budget.spend(key, clock.nowMs()),
  }
  const now = () => clock.date().toISOString()
  const words = createOwnWords()
  const ports = { worlds, settings, writeStatus, judge, logger, now, rewrites, words }
  const deferred = new Map<string, number>()
  const looks = createFullLooks(() => clock.nowMs())
  return async (name, urgency = 'routine') => {
    const times = deferred.get(name) ?? 0
    const everyMs = isReady(cache.tenants.get(name)) ? config.resyncSeconds * 1000 * FULL_LOOK_AFTER : FULL_LOOK_MS
    // Who edits a tenant wants it to be looked at, and so does a pass of what the one before has done.
    const mayRely = urgency === 'routine' && !looks.isDue(name, everyMs)
    if (!mayRely) looks.taken(name)
    const outcome = await reconcileTenant({ ...ports, mayDefer: times < DEFERRED, mayRely }, name)
    if (cache.tenants.get(name)?.metadata.deletionTimestamp !== undefined) looks.forget(name)
    // A pass that comes later has to see for itself.
    if (outcome.end !== 'again') words.forget(name)
    if (outcome.end === 'again') deferred.set(name, times + 1)
    else deferred.delete(name)
    return outcome
  }
}

function isReady(tenant: KubeObject | undefined): boolean {
  return conditionOf(tenant?.status as TenantStatus | undefined, 'Ready')?.status === 'True'
}
