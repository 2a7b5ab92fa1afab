/** The command line, environment and input of a render. Pure. Values go through standard input, and nowhere else. */
import { join } from 'node:path'
import * as names from '../plan/names.ts'
import type { DesiredRelease } from '../plan/release.ts'

export interface RenderPlaces {
  /** Folder of the chart. */
  readonly chartPath: string
  readonly kubeconfig: string
  /** A writable folder of our own: helm must meet nobody's repositories, plugins and credentials. */
  readonly privateDir: string
}

/**
 * A dry run on the server, as the release's own service account. Without --reset-values helm would mix in values of the
 * revision before; validation is left to the API server, where it costs nothing extra.
 */
export function renderArgs({ name, namespace }: DesiredRelease, { chartPath, kubeconfig }: RenderPlaces): string[] {
  return [
    'upgrade',
    '--install',
    name,
    chartPath,
    `--namespace=${namespace}`,
    '--dry-run=server',
    '--disable-openapi-validation',
    '--skip-crds',
    '--reset-values',
    '--values=-',
    '--output=json',
    `--kube-as-user=${names.releaseUser(namespace)}`,
    `--kubeconfig=${kubeconfig}`,
  ]
}

/** Of our own environment only what a way to the API server may need; HELM_* of the surroundings stay out. */
const INHERITED = ['PATH', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

export function renderEnv(
  env: Readonly<Record<string, string | undefined>>,
  { privateDir }: Pick<RenderPlaces, 'privateDir'>,
): Record<string, string> {
  const inherited = INHERITED.flatMap(name => {
    const value = env[name] ?? env[name.toLowerCase()]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(inherited),
    HELM_CACHE_HOME: join(privateDir, 'helm/cache'),
    HELM_CONFIG_HOME: join(privateDir, 'helm/config'),
    HELM_DATA_HOME: join(privateDir, 'helm/data'),
    HELM_DRIVER: 'secret',
    KUBECACHEDIR: join(privateDir, 'kube'),
  }
}

/** JSON, which YAML includes but for a few characters that go-yaml refuses unless they are escaped. */
export function renderInput({ values }: Pick<DesiredRelease, 'values'>): string {
  return JSON.stringify(values).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
