/** Which chart the tenants of a plan get. */
import { z } from 'zod'
import { chartName, objectName } from './scalar.ts'

/** The chart in the operator's image whose values follow from the fields of a plan. */
export const OWN_CHART = 'tenant'
/** What that chart needs. */
export const OWN_CLUSTER_ROLE = 'tenantry-release'

export const chartSchema = z.object({
  name: chartName.default(OWN_CHART).describe('Its name: a folder in the folder of charts of the operator.'),
  clusterRoleName: objectName
    .default(OWN_CLUSTER_ROLE)
    .describe(
      'ClusterRole that the release gets in the namespace of a tenant: what the chart may make there. The operator needs the verb bind on it.',
    ),
})

/** As much of a plan as tells whether it has the operator's own chart. */
export interface ChartChoice {
  readonly name: string
}

export function isOwnChart({ name }: ChartChoice): boolean {
  return name === OWN_CHART
}

/** The same over the spec of a plan. */
export const CEL_OWN_CHART = `(self.chart.name == '${OWN_CHART}')`
