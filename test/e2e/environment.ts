/** The cluster that the journeys run on, and how a test is skipped where there is none. */
import { describe, inject } from 'vitest'
import type { Cluster, ProviderName } from '../../dev/cluster/provider.ts'
import { stateDirOf } from '../../dev/cluster/state.ts'
import { type IngressClient, ingressClient } from '../../dev/demo/ingress-client.ts'
import { type Kubectl, kubectlOf } from '../../dev/demo/kubectl.ts'

export interface Environment {
  cluster: Cluster
  stateDir: string
  kubectl: Kubectl
  ingress: IngressClient
}

/** A set of tests that needs the cluster; what only one provider has, such as Proxmox VE, is not looked for elsewhere. */
export function journey(title: string, define: () => void, only?: ProviderName): void {
  const e2e = inject('e2e')
  const isOther = only !== undefined && e2e.unavailable === undefined && e2e.cluster.provider !== only
  const unavailable = isOther ? `this needs the provider ${only}` : e2e.unavailable
  if (unavailable === undefined) describe(title, define)
  else describe.skip(`${title} (skipped: ${unavailable})`, define)
}

export async function environment(): Promise<Environment> {
  const e2e = inject('e2e')
  if (e2e.unavailable !== undefined) throw new Error(e2e.unavailable)
  const { cluster } = e2e
  const stateDir = stateDirOf(cluster.name)
  return { cluster, stateDir, kubectl: await kubectlOf(cluster), ingress: await ingressClient(cluster, stateDir) }
}
