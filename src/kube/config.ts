/** Finds the API server and this process's credentials: in the cluster by its ServiceAccount, else by a kubeconfig. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { KubeError, OWN_REASONS } from './errors.ts'
import type { Environment, HttpProxy } from './http/proxy.ts'
import type { CredentialSource } from './identity/credentials.ts'

/** How to reach an API server. */
export interface KubeConnection {
  /** Such as https://10.96.0.1:443, without a slash at the end. */
  readonly server: string
  /** Namespace of the context, or of the pod. */
  readonly namespace?: string
  /** Through which the server is reached. */
  readonly proxy?: HttpProxy
  readonly credentials: CredentialSource
  /**
   * The value of KUBECONFIG for other programs: the files that this process uses itself, or one written into
   * `directory` that points to the pod's token. No secret is copied.
   */
  kubeconfigForExec(directory: string): Promise<string>
}

export interface KubeConfigOptions {
  readonly kubeconfigPath?: string
  readonly environment?: Environment
  /** Where a pod finds its ServiceAccount. */
  readonly serviceAccountDirectory?: string
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Order: `kubeconfigPath`, KUBECONFIG, the pod's ServiceAccount, ~/.kube/config. Rejects where none is usable. */
export async function loadKubeConfig({
  kubeconfigPath,
  environment = process.env,
  serviceAccountDirectory = SERVICE_ACCOUNT_DIRECTORY,
}: KubeConfigOptions = {}): Promise<KubeConnection> {
  const named = kubeconfigPath ?? environment.KUBECONFIG
  if (named)
    return fromFiles(
      named.split(delimiter).filter(path => path !== ''),
      environment,
    )
  const host = environment.KUBERNETES_SERVICE_HOST
  if (host && existsSync(join(serviceAccountDirectory, 'token'))) {
    const { connectAsServiceAccount } = await import('./identity/service-account.ts')
    return connectAsServiceAccount(serviceAccountDirectory, host, environment)
  }
  const own = join(environment.HOME || homedir(), '.kube', 'config')
  if (existsSync(own)) return fromFiles([own], environment)
  throw new KubeError({
    status: 0,
    reason: OWN_REASONS.badCredentials,
    message:
      'Cannot find a Kubernetes cluster: there is neither a kubeconfig (KUBECONFIG, ~/.kube/config) nor the ServiceAccount of a pod',
  })
}

/** Loaded only here: what it imports takes 90 MB and 0.4 s, which a pod has no need of. */
async function fromFiles(paths: readonly string[], environment: Environment): Promise<KubeConnection> {
  const { connectByKubeconfig } = await import('./identity/kubeconfig.ts')
  return connectByKubeconfig(
    paths.map(path => resolve(path)),
    environment,
  )
}
