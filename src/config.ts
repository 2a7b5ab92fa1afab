/** The operator's configuration: flags over environment over defaults, read once. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65535)
const seconds = z.coerce.number().positive().max(86_400)
const namespace = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a namespace name')
/** Leaves room for the name of a tenant before it. */
const hostName = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
    'must be a host name in lower case',
  )

const configSchema = z.object({
  kubeconfig: z.string().optional().describe('path of a kubeconfig; in a cluster the service account is used'),
  baseDomain: hostName.default('localhost').describe('tenants without a domain live at <name>.<base domain>'),
  probeAddress: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL of the ingress controller, for the probe of Available; without it endpoints and address count'),
  operatorNamespace: namespace.default('tenantry-system').describe('namespace the operator runs in'),
  installation: z
    .string()
    .regex(/^[\w.-]{1,63}$/, 'must be a word')
    .optional()
    .describe(
      'id in the marks of all that is made in Proxmox VE; default: uid of the namespace, which a restore changes',
    ),
  serviceAccount: z.string().default('tenantry-operator').describe('service account the operator runs as'),
  ingressNamespace: namespace.default('traefik').describe('namespace of the ingress controller'),
  databaseOperatorNamespace: namespace.default('cnpg-system').describe('namespace of CloudNativePG'),
  monitoringNamespace: namespace.default('monitoring').describe('namespace of Prometheus'),
  chartsDir: z
    .string()
    .default(join(import.meta.dirname, '../charts'))
    .describe('folder with the charts'),
  chartCacheDir: z
    .string()
    .optional()
    .describe('folder for the archives of charts from repositories; without it they are had again after a restart'),
  chartCacheMebibytes: z.coerce.number().int().min(1).default(128).describe('how much room these may take'),
  helm: z.string().default('helm').describe('the helm binary'),
  renderer: z
    .string()
    .default('tenantry-renderer')
    .describe('the program that renders in one process for all tenants; where it is missing, helm renders'),
  hookTimeoutSeconds: seconds
    .default(300)
    .describe('how long a hook of a chart may take whose Job or Pod sets no activeDeadlineSeconds'),
  historyLimit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe("how many of Helm's records of a release are kept"),
  identity: z
    .string()
    .regex(/^[\w.-]{1,63}$/, 'must be a word')
    .optional()
    .describe('name of this replica, for leases, events and the audit log; default: its host name'),
  renders: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('charts rendered at once; half as many slow ones besides'),
  renderTimeoutSeconds: seconds.default(60).describe('after which a chart that is still being rendered has failed'),
  shards: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('parts of the tenants that replicas share out, the same for all; with 1 the other replicas stand by'),
  workers: z.coerce.number().int().min(1).max(64).default(4).describe('tenants worked on at once'),
  resyncSeconds: seconds.default(600).describe('how often a converged tenant is looked at all the same'),
  leaseSeconds: seconds.default(15).describe('how long the lease of a shard lasts'),
  deletionHaltLeast: z.coerce
    .number()
    .int()
    .min(1)
    .default(5)
    .describe('this many tenants deleted within the window, or more, halt deletions'),
  deletionHaltPercent: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('and only if they are more than this share of all tenants; 100 never halts'),
  deletionHaltSeconds: seconds.default(600).describe('the window in which deleted tenants are counted together'),
  leaderElect: z
    .stringbool()
    .default(true)
    .describe('whether to wait for leases; without, this process works on everything'),
  healthPort: port.default(8081).describe('port of /healthz and /readyz'),
  metricsPort: port.default(8080).describe('port of /metrics'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info').describe('least level logged'),
})

export type Config = z.infer<typeof configSchema>

export type Invocation =
  | { readonly run: 'operator'; readonly config: Config }
  | { readonly run: 'version' | 'help' }
  | { readonly run: 'refused'; readonly message: string }

/** `--base-domain` and `TENANTRY_BASE_DOMAIN` for `baseDomain`, and so on. */
export function parseInvocation(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  const fields = Object.keys(configSchema.shape)
  const options = Object.fromEntries(fields.map(field => [flagName(field), { type: 'string' as const }]))
  let values: Record<string, string | boolean | undefined>
  try {
    values = parseArgs({
      args: [...argv],
      options: { ...options, version: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values
  } catch (error) {
    return { run: 'refused', message: (error as Error).message }
  }
  if (values.help) return { run: 'help' }
  if (values.version) return { run: 'version' }
  const given = fields.map(field => [field, values[flagName(field)] ?? emptyAsAbsent(env[envName(field)])])
  const parsed = configSchema.safeParse(Object.fromEntries(given))
  if (parsed.success) return { run: 'operator', config: parsed.data }
  const problems = parsed.error.issues.map(({ path, message }) => {
    const field = String(path[0])
    return `--${flagName(field)} (${envName(field)}): ${message}`
  })
  return { run: 'refused', message: problems.join('\n') }
}

export function helpText(): string {
  const rows = Object.entries(configSchema.shape).map(([field, schema]) => {
    const flag = `--${flagName(field)}`
    return `  ${flag.padEnd(32)}${envName(field).padEnd(40)}${schema.description ?? ''}`
  })
  return [
    'tenantry: a Kubernetes operator for tenants',
    '',
    'Flags, and the environment variables for them:',
    ...rows,
    '',
  ].join('\n')
}

function flagName(field: string): string {
  return field.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function envName(field: string): string {
  return `TENANTRY_${field.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

function emptyAsAbsent(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
