/** Arguments of kube-controller-manager. */

import type { PkiFiles } from './pki.ts'

export interface ControllerManagerOptions {
  kubeconfig: string
  pki: PkiFiles
  /** Where it answers /healthz over HTTPS; without it, it listens nowhere. */
  listen?: { address: string; port: number }
  /** CIDR from which each node gets a range for its pods; without it, nodes get none. */
  podRange?: string
  /** Controllers that are not to run, by the names that --controllers takes. */
  without?: readonly string[]
}

export function controllerManagerArgs({
  kubeconfig,
  pki,
  listen,
  podRange,
  without = [],
}: ControllerManagerOptions): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--root-ca-file=${pki.authority.certificate}`,
    `--service-account-private-key-file=${pki.serviceAccounts.privateKey}`,
    `--cluster-signing-cert-file=${pki.authority.certificate}`,
    `--cluster-signing-key-file=${pki.authority.key}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    // The defaults (20 and 30) are for clusters shared by many clients; here they only make deletions slow.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    ...(listen ? [`--bind-address=${listen.address}`, `--secure-port=${listen.port}`] : ['--secure-port=0']),
    ...(without.length > 0 ? [`--controllers=${['*', ...without.map(name => `-${name}`)].join(',')}`] : []),
    ...(podRange ? ['--allocate-node-cidrs=true', `--cluster-cidr=${podRange}`] : []),
  ]
}
