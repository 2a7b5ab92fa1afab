/** A pass over one tenant, with everything it needs. Of the passes before, it knows how often something was done in a row. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Clock } from '../kube/clock.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import { createDeletionJudge, haltLimitsOf } from './deletion-judge.ts'
import type { Outcome } from './outcome.ts'
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

export function createPass({
  config,
  cluster,
  worlds,
  logger,
  clock,
}: PassOptions): (name: string) => Promise<Outcome> {
  const settings = {
    baseDomain: config.baseDomain,
    operator: { namespace: config.operatorNamespace, serviceAccount: config.serviceAccount },
  }
  const writeStatus = createStatusWriter({ kube: cluster.kube, recordEvent: worlds.recordEvent })
  const limits = haltLimitsOf(config)
  const nowMs = () => clock.date().getTime()
  const { cache, ownNamespace } = cluster
  const judge = createDeletionJudge({ cache, ownNamespace, limits, settings, nowMs })
  const rewrites = createRewriteBudget()
  const mayPutBack = (key: string) => rewrites.spend(key, clock.nowMs())
  const now = () => clock.date().toISOString()
  const ports = { worlds, settings, writeStatus, judge, logger, now, mayPutBack }
  const deferred = new Map<string, number>()
  return async name => {
    const times = deferred.get(name) ?? 0
    const outcome = await reconcileTenant({ ...ports, mayDefer: times < DEFERRED }, name)
    if (outcome.end === 'again') deferred.set(name, times + 1)
    else deferred.delete(name)
    return outcome
  }
}
