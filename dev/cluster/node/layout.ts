/** Addresses, ports and paths inside every node. Nothing of it is visible outside. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** The node's own address, on its loopback interface, and the gateway of every pod. */
export const nodeAddress = '10.244.0.1'
export const podRange = '10.244.0.0/24'
export const serviceRange = '10.96.0.0/16'
/** The API server's service has the first address of the range. */
export const apiserverServiceAddress = '10.96.0.1'
export const dnsAddress = '10.96.0.10'
export const ingressAddress = '10.96.0.20'
export const apiserverPort = 6443
/** Of the node's address: the Proxmox VE that the demo simulates. */
export const proxmoxPort = 8006

export const containerdSocket = '/run/containerd/containerd.sock'
export const kubeletFolder = '/var/lib/kubelet'
export const containerdFolder = '/var/lib/containerd'
/** Where pods' logs are: kubelet insists on this path. */
export const podLogFolder = '/var/log/pods'
/** Where the provisioner makes volumes. */
export const volumeFolder = '/var/lib/tenantry/volumes'

/** What a node keeps in its cluster's state folder, which has the same path inside and outside. */
export function stateFiles(stateDir: string) {
  const config = join(stateDir, 'config')
  return {
    pki: join(stateDir, 'pki'),
    log: join(stateDir, 'log'),
    config,
    /** For programs inside; the one for people names a port of the machine. */
    innerKubeconfig: join(config, 'kubeconfig'),
    kubeletKubeconfig: join(config, 'kubelet.kubeconfig'),
    kubelet: join(config, 'kubelet.yaml'),
    kubeProxy: join(config, 'kube-proxy.yaml'),
    containerd: join(config, 'containerd.toml'),
    cni: join(config, 'cni'),
    auditPolicy: join(config, 'audit-policy.yaml'),
    auditLog: join(stateDir, 'log/audit.log'),
    kubeletLog: join(stateDir, 'log/kubelet.log'),
    resolvConf: join(config, 'resolv.conf'),
    kubeconfig: join(stateDir, 'kubeconfig'),
    links: join(stateDir, 'links.json'),
    /** Mount point of the root file system; empty as seen from outside. */
    root: join(stateDir, 'node'),
    data: {
      etcd: join(stateDir, 'etcd'),
      containerd: join(stateDir, 'containerd'),
      kubelet: join(stateDir, 'kubelet'),
      volumes: join(stateDir, 'volumes'),
      podLogs: join(stateDir, 'log/pods'),
    },
  }
}

export function nodeName(cluster: string): string {
  return `tenantry-${cluster}`
}

/** The node's control group in every hierarchy. Clusters of the same name may run from several working copies. */
export function cgroupName(cluster: string, stateDir: string): string {
  return `${nodeName(cluster)}-${createHash('sha256').update(stateDir).digest('hex').slice(0, 8)}`
}
