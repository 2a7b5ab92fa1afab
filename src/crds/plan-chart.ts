/** Which chart the tenants of a plan get, in the terms of a dependency in a Chart.yaml. */
import { z } from 'zod'
import { type Rule, text, withRules } from './rule.ts'
import { chartName, objectName } from './scalar.ts'

/** The chart in the operator's image whose values follow from the fields of a plan. */
export const OWN_CHART = 'tenant'
/** What that chart needs. */
export const OWN_CLUSTER_ROLE = 'tenantry-release'

const repositoryUrl = text(
  /^(?:https?|oci):[/][/][a-zA-Z0-9](?:[-.a-zA-Z0-9]*[a-zA-Z0-9])?(?::[0-9]{1,5})?(?:[/][-a-zA-Z0-9._~%]+)*$/,
  'must be a URL with https://, http:// or oci://, without credentials, query and "/" at the end',
  500,
)

const versionRange = text(
  /^[0-9a-zA-Z*^~<>=!][-0-9a-zA-Z.+*^~<>=!,| ]*$/,
  'must be a version or a range of versions, such as 1.2.3, 1.x or ">=1.2 <2"',
  100,
)

const digest = text(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits', 71)

interface ChosenChart extends ChartChoice {
  readonly version?: unknown
  readonly digest?: unknown
  readonly credentialsSecretName?: unknown
  readonly crds?: 'Skip' | 'Create'
}

export const chartSchema = withRules(
  z.object({
    name: chartName
      .default(OWN_CHART)
      .describe('Its name: in the repository, or without one, of a folder in the folder of charts of the operator.'),
    repository: repositoryUrl
      .optional()
      .describe('Where the chart comes from: https://charts.example.com, or oci://registry.example.com/charts.'),
    version: versionRange
      .optional()
      .describe('Version, or range of versions. It is resolved once, and status.chart says to what.'),
    digest: digest
      .optional()
      .describe('SHA-256 that the archive has to have; of oci:// also that of the manifest, as helm push prints it.'),
    credentialsSecretName: objectName
      .optional()
      .describe("Secret in the operator's namespace with which the repository is asked; docs/charts.md has its keys."),
    crds: z
      .enum(['Skip', 'Create'])
      .default('Skip')
      .describe(
        'Create: kinds in crds/ of the chart that the cluster lacks are made first. They are shared, and never deleted.',
      ),
    clusterRoleName: objectName
      .default(OWN_CLUSTER_ROLE)
      .describe(
        'ClusterRole that the release gets in the namespace of a tenant: what the chart may make there. The operator needs the verb bind on it.',
      ),
  }),
  onlyWithRepository('digest', chart => chart.digest),
  onlyWithRepository('credentialsSecretName', chart => chart.credentialsSecretName),
  {
    cel: 'has(self.repository) == has(self.version)',
    message: 'must be there with a repository, and only with one: a chart of the operator has the version that it has',
    holds: ({ repository, version }: ChosenChart) => (repository === undefined) === (version === undefined),
    field: 'version',
  },
  {
    // The API server checks the default {} as it stands.
    cel: `has(self.repository) || !has(self.crds) || self.crds == 'Skip'`,
    message: 'must be Skip for a chart of the operator, whose kinds come with the operator',
    holds: ({ repository, crds }: ChosenChart) => repository !== undefined || crds === 'Skip',
    field: 'crds',
  },
  {
    cel: '!has(self.credentialsSecretName) || !has(self.repository) || !self.repository.startsWith("http://")',
    message: 'must not be there for http://, which shows them to everybody on the way',
    holds: ({ repository, credentialsSecretName }: ChosenChart) =>
      credentialsSecretName === undefined || repository?.startsWith('http://') !== true,
    field: 'credentialsSecretName',
  },
)

function onlyWithRepository(field: string, given: (chart: ChosenChart) => unknown): Rule<ChosenChart> {
  return {
    cel: `has(self.repository) || !has(self.${field})`,
    message: 'must not be there without a repository',
    holds: chart => chart.repository !== undefined || given(chart) === undefined,
    field,
  }
}

export type PlanChart = z.infer<typeof chartSchema>

/** As much of a plan as tells whether it has the operator's own chart. */
export interface ChartChoice {
  readonly name: string
  readonly repository?: string | undefined
}

export function isOwnChart({ name, repository }: ChartChoice): boolean {
  return name === OWN_CHART && repository === undefined
}

/** The same over the spec of a plan. */
export const CEL_OWN_CHART = `(self.chart.name == '${OWN_CHART}' && !has(self.chart.repository))`
