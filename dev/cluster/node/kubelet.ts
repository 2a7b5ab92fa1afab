/** Configuration and arguments of kubelet. */

import { stringify } from 'yaml'
import type { CertificateFiles } from '../control-plane/pki.ts'
import { containerdSocket, dnsAddress, kubeletFolder, nodeAddress } from './layout.ts'

export interface KubeletOptions {
  authority: string
  certificate: CertificateFiles
  /** The DNS configuration that pods with `dnsPolicy: Default` get. */
  resolvConf: string
}

export function kubeletConfig({ authority, certificate, resolvConf }: KubeletOptions): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: authority } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificate.certificate,
    tlsPrivateKeyFile: certificate.key,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [dnsAddress],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    resolvConf,
    serializeImagePulls: false,
    // The machine is not the cluster's alone: how full its disk is, is no reason to evict pods or to drop images, which
    // no registry could bring back.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    shutdownGracePeriod: '0s',
  })
}

export function kubeletArgs({ config, kubeconfig }: { config: string; kubeconfig: string }): string[] {
  return [`--config=${config}`, `--kubeconfig=${kubeconfig}`, `--root-dir=${kubeletFolder}`, `--node-ip=${nodeAddress}`]
}
