/**
 * One pass over one plan: finds out once which chart its tenants get, and records it, so that all of them get the same,
 * whenever they come and however often the operator starts.
 */
import type { Logger } from 'pino'
import { parseTenantPlan, type TenantPlan } from '../crds/parse.ts'
import type { TenantPlanStatus } from '../crds/plan-status.ts'
import { isServerTrouble } from '../kube/errors.ts'
import { chartRequest, requestDigest, resolvedChart } from '../plan/chart-resolution.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { type PlanFindings, planStatusOf } from '../plan/plan-status.ts'
import { valuesProblem } from '../plan/tenant-facts.ts'
import { interruptedOutcome } from './observation-failure.ts'
import type { Outcome } from './outcome.ts'
import { failureOf, isBrokenOff } from './stage-runner.ts'
import type { StatusWriter } from './status-writer.ts'
import type { Worlds } from './worlds.ts'

export interface PlanPassPorts {
  readonly worlds: Pick<Worlds, 'cache' | 'charts'>
  readonly writeStatus: StatusWriter<TenantPlanStatus>
  readonly logger: Logger
  /** RFC 3339. */
  readonly now: () => string
}

export async function reconcilePlan(ports: PlanPassPorts, name: string): Promise<Outcome> {
  try {
    return await passOver(ports, name)
  } catch (error) {
    return interruptedOutcome(error, ports.logger.child({ plan: name }))
  }
}

async function passOver(ports: PlanPassPorts, name: string): Promise<Outcome> {
  const object = ports.worlds.cache.plans.get(name)
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { end: 'done' }
  const before = object.status as TenantPlanStatus | undefined
  const requestedAt = object.metadata.annotations?.[names.RECONCILE_ANNOTATION]
  const findings = await findChart(ports, object, before?.lastHandledReconcileAt !== requestedAt)
  const { generation = 0 } = object.metadata
  const status = planStatusOf(findings, { generation, before, requestedAt, now: ports.now() })
  await ports.writeStatus(object, status)
  if (findings.found === 'chart') return { end: 'done' }
  ports.logger.warn({ plan: name, decision: 'plan-not-ready', reason: findings.reason }, findings.message)
  return { end: findings.found === 'fault' ? 'terminal' : 'backoff', reason: findings.reason }
}

async function findChart(
  { worlds, logger }: PlanPassPorts,
  object: KubeObject,
  isAskedAnew: boolean,
): Promise<PlanFindings> {
  const parsed = parseTenantPlan(object)
  if (!parsed.ok) return { found: 'fault', reason: 'InvalidSpec', message: parsed.message }
  const { spec, status } = parsed.value
  const problem = valuesProblem(spec)
  if (problem !== undefined) return { found: 'fault', reason: 'InvalidValues', message: problem }
  const resolved = resolvedChart(spec.chart, status)
  if (resolved !== undefined && !isAskedAnew && status?.chart !== undefined)
    return { found: 'chart', chart: status.chart }
  try {
    return { found: 'chart', chart: await resolveChart(worlds.charts, parsed.value) }
  } catch (error) {
    // Neither says anything about the plan.
    if (isServerTrouble(error) || isBrokenOff(error)) throw error
    const { reason, message } = failureOf('Release', error)
    logger.debug({ plan: object.metadata.name, err: error }, 'the chart of a plan could not be had')
    return { found: 'failure', reason, message }
  }
}

async function resolveChart(
  charts: Worlds['charts'],
  { spec }: TenantPlan,
): Promise<NonNullable<TenantPlanStatus['chart']>> {
  const request = chartRequest(spec.chart)
  const found = request === undefined ? await charts.named(spec.chart.name) : await charts.resolve(request)
  const { name, version, digest } = found
  if (spec.chart.crds === 'Create') await charts.createKinds(digest)
  const source = request === undefined ? {} : { repository: request.repository }
  return { name, ...source, version, digest, request: requestDigest(spec.chart) }
}
