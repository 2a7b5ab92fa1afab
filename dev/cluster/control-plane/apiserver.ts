/** Arguments and audit policy of kube-apiserver. */

import { stringify } from 'yaml'
import type { PkiFiles } from './pki.ts'

export interface ApiserverOptions {
  bindAddress: string
  port: number
  /** Address under which pods reach it through the service `kubernetes`; without it, that service has no endpoints. */
  advertiseAddress?: string
  /** CIDR of service addresses. */
  serviceRange: string
  etcdUrl: string
  pki: PkiFiles
  auditPolicyFile: string
  auditLogFile: string
  /** A cluster with kubelets: they may change their own objects only, and are reached by their addresses. */
  kubelets?: boolean
}

export const serviceAccountIssuer = 'https://kubernetes.default.svc'

export function apiserverArgs(options: ApiserverOptions): string[] {
  const { pki } = options
  return [
    `--bind-address=${options.bindAddress}`,
    `--secure-port=${options.port}`,
    `--advertise-address=${options.advertiseAddress ?? options.bindAddress}`,
    ...(options.advertiseAddress === undefined ? ['--endpoint-reconciler-type=none'] : []),
    `--service-cluster-ip-range=${options.serviceRange}`,
    `--etcd-servers=${options.etcdUrl}`,
    `--tls-cert-file=${pki.apiserver.certificate}`,
    `--tls-private-key-file=${pki.apiserver.key}`,
    `--client-ca-file=${pki.authority.certificate}`,
    `--service-account-issuer=${serviceAccountIssuer}`,
    `--service-account-key-file=${pki.serviceAccounts.publicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccounts.privateKey}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    `--audit-policy-file=${options.auditPolicyFile}`,
    `--audit-log-path=${options.auditLogFile}`,
    '--audit-log-maxsize=512',
    '--audit-log-maxbackup=1',
    ...(options.kubelets ? kubeletArgs(pki) : []),
  ]
}

function kubeletArgs(pki: PkiFiles): string[] {
  return [
    // Added to the plugins that are on by default.
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-certificate-authority=${pki.authority.certificate}`,
    `--kubelet-client-certificate=${pki.admin.certificate}`,
    `--kubelet-client-key=${pki.admin.key}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}

/**
 * One line for each request when it ends: who did what to which object, and how it ended. Without bodies, but for leases,
 * where the body says who holds them.
 */
export function auditPolicy(): string {
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      {
        level: 'Request',
        verbs: ['create', 'update', 'patch'],
        resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
      },
      { level: 'Metadata' },
    ],
  })
}
