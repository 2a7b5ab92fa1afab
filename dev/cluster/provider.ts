/** What every way to have a cluster on this machine offers. Knows no provider. */

import type { Progress } from './progress.ts'

export const providerNames = ['kind', 'node', 'control-plane'] as const
export type ProviderName = (typeof providerNames)[number]

export interface Cluster {
  name: string
  provider: ProviderName
  /** Absolute path of a kubeconfig with all rights. */
  kubeconfig: string
  /** Port on this machine at which the ingress controller answers HTTPS; absent where there is no ingress. */
  httpsPort?: number
  httpPort?: number
}

export interface ClusterOptions {
  name: string
  /** Absolute path of the folder that holds everything this cluster leaves on disk. */
  stateDir: string
  progress: Progress
}

export interface Provider {
  name: ProviderName
  /** Why it cannot run on this machine, for people; undefined where it can. */
  unavailable(): Promise<string | undefined>
  /** Idempotent: a healthy cluster returns at once, a half-dead one is taken down first. */
  up(options: ClusterOptions): Promise<Cluster>
  /** Idempotent, and works after a crash: afterwards no process and no file of the cluster is left. */
  down(options: ClusterOptions): Promise<void>
  /** Makes the image of a docker-archive known to the cluster's nodes. */
  loadImage?(cluster: Cluster, archive: string): Promise<void>
}
