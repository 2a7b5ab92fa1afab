/** The status of a plan, from what was found out about its chart: the one place where it is written. Pure. */
import type { TenantPlanStatus } from '../crds/plan-status.ts'
import { conditionsOf, isFalse, isTrue, type Verdict } from './condition-set.ts'

export type PlanFindings =
  /** `chart` is what its tenants get. */
  | { readonly found: 'chart'; readonly chart: NonNullable<TenantPlanStatus['chart']> }
  /** Only an edit of the plan helps. */
  | { readonly found: 'fault'; readonly reason: string; readonly message: string }
  /** Tried again by itself. What was resolved before goes on being what tenants get, if the plan still asks for it. */
  | { readonly found: 'failure'; readonly reason: string; readonly message: string }

export interface PlanStatusInputs {
  readonly generation: number
  readonly before: TenantPlanStatus | undefined
  /** Value of the annotation that asks for a new resolution. */
  readonly requestedAt: string | undefined
  /** RFC 3339. */
  readonly now: string
}

export function planStatusOf(findings: PlanFindings, inputs: PlanStatusInputs): TenantPlanStatus {
  const { generation, before, requestedAt, now } = inputs
  const isFound = findings.found === 'chart'
  const chart = isFound ? findings.chart : before?.chart
  const handled = isFound ? requestedAt : before?.lastHandledReconcileAt
  const context = { before: before?.conditions ?? [], observedGeneration: generation, now }
  return {
    observedGeneration: generation,
    ...(chart === undefined ? {} : { chart }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    conditions: conditionsOf(verdictsOf(findings), context),
  }
}

function verdictsOf(findings: PlanFindings): Verdict[] {
  switch (findings.found) {
    case 'chart': {
      const { name, version } = findings.chart
      return [
        isTrue('Ready', 'Resolved', `Tenants get chart ${name} ${version}.`),
        isFalse('Reconciling', 'Resolved', 'Nothing is left to do.'),
        isFalse('Stalled', 'Resolved', 'Nothing is in the way.'),
      ]
    }
    case 'fault': {
      const { reason, message } = findings
      return [
        isFalse('Ready', reason, message),
        isFalse('Reconciling', reason, 'Nothing is tried again until this plan is edited.'),
        isTrue('Stalled', reason, message),
      ]
    }
    case 'failure': {
      const { reason, message } = findings
      return [
        isFalse('Ready', reason, message),
        isTrue('Reconciling', reason, message),
        isFalse('Stalled', 'Progressing', 'What is missing is tried again by itself.'),
      ]
    }
    default:
      return findings satisfies never
  }
}
