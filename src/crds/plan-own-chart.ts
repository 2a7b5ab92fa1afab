/** What a plan has to say for the operator's own chart, whose values follow from its fields, and must not say. */
import { CEL_OWN_CHART, type ChartChoice, isOwnChart } from './plan-chart.ts'
import type { Rule } from './rule.ts'

interface ChosenPlan {
  readonly chart: ChartChoice
  readonly app: { readonly apiImage?: unknown; readonly webImage?: unknown; readonly values?: unknown }
  readonly database?: unknown
}

export const OWN_CHART_RULES: readonly Rule<ChosenPlan>[] = [
  required('app.apiImage', ({ app }) => app.apiImage),
  required('app.webImage', ({ app }) => app.webImage),
  required('database', ({ database }) => database),
  {
    cel: `!${CEL_OWN_CHART} || !has(self.app.values)`,
    message: 'must not be there: the values of charts/tenant follow from the fields of the plan',
    holds: ({ chart, app }) => !isOwnChart(chart) || app.values === undefined,
    field: 'app.values',
  },
]

function required(field: string, given: (plan: ChosenPlan) => unknown): Rule<ChosenPlan> {
  return {
    cel: `!${CEL_OWN_CHART} || has(self.${field})`,
    message: 'is required for charts/tenant',
    holds: plan => !isOwnChart(plan.chart) || given(plan) !== undefined,
    field,
  }
}
