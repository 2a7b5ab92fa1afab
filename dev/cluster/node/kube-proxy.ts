/** Configuration of kube-proxy. */

import { stringify } from 'yaml'
import { podRange } from './layout.ts'

export function kubeProxyConfig({ kubeconfig, nodeName }: { kubeconfig: string; nodeName: string }): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    clusterCIDR: podRange,
    hostnameOverride: nodeName,
    mode: 'iptables',
    // Rules for a new service are what somebody is waiting for; there are few.
    iptables: { minSyncPeriod: '100ms' },
    // The size of the connection table is the machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  })
}
