/** Whether the quota of a plan holds what the plan itself runs. Else its tenants wait for pods that never come. */
import { CEL_OWN_CHART, type ChartChoice, isOwnChart } from './plan-chart.ts'
import { quantityValue } from './quantity.ts'
import type { Rule } from './rule.ts'

interface Resources {
  readonly cpu: string
  readonly memory: string
}

/** As much of a plan's spec as its quota is measured by: what another chart than ours runs, nobody knows. */
interface MeasuredPlan {
  readonly chart: ChartChoice
  readonly app: {
    readonly apiReplicas: number
    readonly webReplicas: number
    readonly apiResources: Resources
    readonly webResources: Resources
  }
  readonly database?:
    | { readonly instances: number; readonly storage: string; readonly resources: Resources }
    | undefined
  readonly quota: Resources & { readonly storage: string; readonly pods: number }
}

interface OwnPlan extends MeasuredPlan {
  readonly database: NonNullable<MeasuredPlan['database']>
}

const QUANTITIES = [
  ...['quota.cpu', 'quota.memory', 'quota.storage', 'database.storage'],
  ...['app.apiResources', 'app.webResources', 'database.resources'].flatMap(pod => [`${pod}.cpu`, `${pod}.memory`]),
]

/** What is no quantity has a rule of its own that says so, and NaN is not less than anything. */
const OWN_QUOTA_RULES: readonly Rule<OwnPlan>[] = [
  {
    cel: enough(`${cel('quota.cpu')} >= ${celDemand('cpu')} - 0.0005`),
    message: 'must hold the CPU of all API and web pods, one more of each during an update, and the database instances',
    // The half of the smallest unit, since sums of binary fractions are not exact.
    holds: plan => !(quantityValue(plan.quota.cpu) < demand(plan, 'cpu') - 0.0005),
    field: 'quota.cpu',
  },
  {
    cel: enough(`${cel('quota.memory')} >= ${celDemand('memory')}`),
    message:
      'must hold the memory of all API and web pods, one more of each during an update, and the database instances',
    holds: plan => !(quantityValue(plan.quota.memory) < demand(plan, 'memory')),
    field: 'quota.memory',
  },
  {
    cel: enough(`${cel('quota.storage')} >= ${cel('database.storage')} * double(self.database.instances)`),
    message: 'must hold the volumes of all database instances',
    holds: ({ quota, database }) =>
      !(quantityValue(quota.storage) < quantityValue(database.storage) * database.instances),
    field: 'quota.storage',
  },
  {
    cel: 'self.quota.pods >= self.app.apiReplicas + self.app.webReplicas + 2 + self.database.instances',
    message: 'must hold all API and web pods, one more of each during an update, and the database instances',
    holds: ({ app, database, quota }) => quota.pods >= app.apiReplicas + app.webReplicas + 2 + database.instances,
    field: 'quota.pods',
  },
]

export const QUOTA_RULES: readonly Rule<MeasuredPlan>[] = OWN_QUOTA_RULES.map(({ cel, holds, ...rule }) => ({
  ...rule,
  cel: `!${CEL_OWN_CHART} || !has(self.database) || ${cel}`,
  holds: plan => !isMeasured(plan) || holds(plan),
}))

function isMeasured(plan: MeasuredPlan): plan is OwnPlan {
  return isOwnChart(plan.chart) && plan.database !== undefined
}

/** The chart's Deployments have one pod more while they are rolled out (maxSurge). */
function demand({ app, database }: OwnPlan, resource: keyof Resources): number {
  return (
    quantityValue(app.apiResources[resource]) * (app.apiReplicas + 1) +
    quantityValue(app.webResources[resource]) * (app.webReplicas + 1) +
    quantityValue(database.resources[resource]) * database.instances
  )
}

function celDemand(resource: keyof Resources): string {
  return [
    `${cel(`app.apiResources.${resource}`)} * double(self.app.apiReplicas + 1)`,
    `${cel(`app.webResources.${resource}`)} * double(self.app.webReplicas + 1)`,
    `${cel(`database.resources.${resource}`)} * double(self.database.instances)`,
  ].join(' + ')
}

/** An error on one side of || gives way to `true` on the other. */
function enough(rule: string): string {
  const all = QUANTITIES.map(field => `string(self.${field})`).join(', ')
  return `${rule} || ![${all}].all(text, isQuantity(text))`
}

function cel(field: string): string {
  return `quantity(string(self.${field})).asApproximateFloat()`
}
