/** Runs the passes over plans, beside those over tenants: a repository may be slow, and holds up no tenant. */
import type { TenantPlanStatus } from '../crds/plan-status.ts'
import type { Kube } from '../kube/client.ts'
import type { KubeObject } from '../plan/object.ts'
import { reconcilePlan } from './plan.ts'
import type { Pauses } from './queue.ts'
import { createSideLoop, type LoopShare, namesIn, type SideLoop } from './side-loop.ts'
import { createStatusWriter } from './status-writer.ts'
import type { Worlds } from './worlds.ts'

export interface PlanLoopOptions extends LoopShare {
  readonly worlds: Pick<Worlds, 'cache' | 'charts' | 'recordEvent'>
  readonly kube: Kube
  readonly pauses: Pauses
}

const WORKERS = 4

export function createPlanLoop(options: PlanLoopOptions): SideLoop {
  const { worlds, kube, pauses, admits, mayBegin, logger, clock } = options
  const { plans } = worlds.cache
  const writeStatus = createStatusWriter<TenantPlanStatus>({ kube, recordEvent: worlds.recordEvent })
  const now = () => clock.date().toISOString()
  return createSideLoop({
    workers: WORKERS,
    pauses,
    pass: name => reconcilePlan({ worlds, writeStatus, logger, now }, name),
    onCrash: (plan, err) => logger.error({ plan, err }, 'pass failed'),
    mayBegin,
    admits,
    clock,
    keys: () => namesIn(plans),
    connectTriggers: loop =>
      plans.onChange(({ type, object, previous }) => {
        const { name } = object.metadata
        if (type === 'deleted') loop.forget(name)
        else if (previous === undefined || isEdited(previous, object)) loop.add(name, 'urgent')
      }),
  })
}

/** The spec, or what asks for a new resolution. */
function isEdited({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  const relevant = ({ uid, generation, annotations }: KubeObject['metadata']) =>
    JSON.stringify([uid, generation, annotations])
  return relevant(before) !== relevant(after)
}
