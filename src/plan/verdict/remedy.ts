/** What to do about a cause: the sentence that follows it in `Ready`. Pure; docs/reasons.md has a row for each. */

export interface Place {
  /** Of the tenant. */
  readonly namespace: string
  /** What `kubectl` takes for what is concerned, such as `deploy/api` for logs of its pods. */
  readonly pods?: string
}

type Remedy = string | ((place: Place) => string)

const CORRECT_CHART = 'Correct the chart.'
const COMPLETE_IMAGE = 'Use a complete image of the operator.'
const READ_LOG = ({ namespace, pods = '<pod>' }: Place) => `Read its log: kubectl logs -n ${namespace} ${pods}`
const READ_LAST_LOG = (place: Place) => `${READ_LOG(place)} --previous`
const DESCRIBE_DATABASE = ({ namespace }: Place) =>
  `Look at kubectl describe cluster.postgresql.cnpg.io -n ${namespace}`
const DESCRIBE_PODS = ({ namespace }: Place) => `Look at kubectl describe pods -n ${namespace}`

/** A reason without an entry heals by itself, or its message says what to do. */
export const REMEDIES: Readonly<Record<string, Remedy>> = {
  PlanNotFound: 'Apply that plan, or correct spec.plan.',
  PlanInvalid: 'Correct the plan.',
  HostConflict: 'Change spec.domain of one of them.',
  InvalidSpec: 'Edit the Tenant.',

  Forbidden: 'Apply deploy/rbac again.',
  KindNotServed: 'Install what brings this kind; those of tenantry.dev are in deploy/crds.',
  AdmissionRefused: 'Change the policy that it names, or what the plan asks for.',
  WebhookUnavailable: 'Look whether the service that it names runs.',
  QuotaExceeded: 'Raise the quota in the plan or in spec.overrides.quota, or ask for less.',
  HelmUnusable: COMPLETE_IMAGE,
  ChartNotFound: 'Correct chart.name in the plan, or use an image of the operator with this chart.',
  ChartUnavailable: 'Look whether the repository answers, and correct chart in the plan or its Secret.',
  ChartInvalid: CORRECT_CHART,
  ChartDigestMismatch:
    'If the change is meant, have the plan resolve its chart anew: kubectl annotate tplan <plan> tenantry.dev/reconcile-requested-at="$(date)" --overwrite',
  CredentialsRefused: 'Correct that Secret, or chart.credentialsSecretName in the plan.',
  RenderFailed: 'Correct what it names.',
  RenderTimedOut: 'Look whether the API server is slow, or the operator lacks CPU.',
  ReleaseUnreadable: CORRECT_CHART,
  OutsideNamespace: CORRECT_CHART,
  DuplicateObject: CORRECT_CHART,
  SecretRefused: CORRECT_CHART,
  ReleaseTooLarge: 'Make the chart smaller.',
  OwnedByAnother: 'Delete or rename that object.',
  HookFailed: 'Correct its cause: it runs again after five minutes, and at once after an edit.',

  CloudNativePGMissing: 'Install CloudNativePG: https://cloudnative-pg.io',
  DatabasePending: 'If this stays, look whether the operator of CloudNativePG runs.',
  DatabaseDiskFull: 'Raise database.storage in the plan or in spec.overrides.',
  DatabaseNeedsAttention: DESCRIBE_DATABASE,
  StorageClassNotFound: 'Make that StorageClass, or correct database.storageClassName in the plan.',
  VolumeNotBound: ({ namespace }) => `Look at kubectl describe pvc -n ${namespace}`,

  ImagePullBackOff: 'Correct the image in the plan, or let the nodes reach its registry.',
  RunsAsRoot: 'Set runAsUser in the values of the chart, or use an image that does not run as root.',
  StartError: 'Correct its command or its image in the plan.',
  InvalidImageName: 'Correct the image in the plan.',
  Unschedulable: 'Add capacity, or ask for less in the plan.',
  OOMKilled: 'Raise its memory in the plan.',
  PodsRefused: DESCRIBE_PODS,
  Evicted: 'Add capacity, or ask for less in the plan.',
  CrashLoopBackOff: READ_LAST_LOG,
  Error: READ_LOG,
  NotReady: READ_LOG,
  CreateContainerConfigError: 'Put back what it names.',
  FailedMount: 'Put back what it names.',
  FailedCreatePodSandBox: DESCRIBE_PODS,

  JobFailed: READ_LOG,
  ObjectNotReady: ({ namespace, pods = '' }) => `Look at kubectl describe -n ${namespace} ${pods}`,

  NoAddress: 'Look whether an ingress controller runs, and whether it has this class.',
  ProbeFailing: READ_LOG,
}

/** A cause and what to do about it, in one line. */
export function withRemedy(reason: string, message: string, place: Place): string {
  const remedy = REMEDIES[reason]
  if (remedy === undefined) return message
  return `${/[.!?]$/.test(message) ? message : `${message}.`} ${typeof remedy === 'string' ? remedy : remedy(place)}`
}
