/** ProxmoxClusters, and what a look at one finds, for tests that say only what matters to them. */
import { type ProxmoxClusterSpec, proxmoxClusterSpecSchema } from '../../src/crds/proxmox-cluster.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { Privileges, ProxmoxClusterObservation } from '../../src/plan/proxmox-observation.ts'
import { requirementsOf } from '../../src/plan/proxmox-privileges.ts'

export const MANIFEST_SPEC = {
  endpoints: ['https://pve1.example.com:8006'],
  credentialSecretRef: { name: 'proxmox-token' },
  network: { type: 'vlan', zone: 'tenants', vlanRange: { first: 100, last: 199 } },
  placement: { storages: ['local'], templates: [9000] },
  vmidRange: { first: 10_000, last: 19_999 },
}

export interface ClusterAccess {
  readonly server: { readonly urls: readonly string[]; readonly fingerprint: string }
  readonly token: { readonly id: string; readonly secret: string }
}

/** The ProxmoxCluster before a simulator, and the Secret of its token in the operator's namespace, as people apply them. */
export function clusterManifests(
  { server, token }: ClusterAccess,
  {
    name = 'proxmox',
    secretName = 'proxmox-token',
    spec = {},
  }: { name?: string; secretName?: string; spec?: object } = {},
) {
  return {
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: 'tenantry-system' },
      stringData: { tokenId: token.id, tokenSecret: token.secret },
    },
    cluster: {
      apiVersion: API_VERSION,
      kind: 'ProxmoxCluster',
      metadata: { name },
      spec: {
        ...MANIFEST_SPEC,
        endpoints: server.urls,
        tls: { fingerprints: [server.fingerprint] },
        credentialSecretRef: { name: secretName },
        ...spec,
      },
    },
  }
}

export function proxmoxSpec(given: Record<string, unknown> = {}): ProxmoxClusterSpec {
  return proxmoxClusterSpecSchema.parse({ ...MANIFEST_SPEC, ...given })
}

/** A cluster in which everything is as it should be for `proxmoxSpec()`. */
export function proxmoxObservation(given: Partial<ProxmoxClusterObservation> = {}): ProxmoxClusterObservation {
  const observed: ProxmoxClusterObservation = {
    version: '9.2.11',
    tokenId: 'operator@pve!k8s',
    nodes: [{ name: 'pve1', online: true, fingerprint: 'AA:01' }],
    quorate: true,
    guests: [{ vmid: 9000, type: 'qemu', node: 'pve1', name: 'debian-12', template: true }],
    templateBridges: ['vmbr0'],
    pools: ['tenants'],
    groups: ['tenants'],
    roles: { TenantUser: ['VM.Audit', 'VM.Console', 'VM.PowerMgmt'] },
    storages: ['local'],
    zones: [{ zone: 'tenants', type: 'vlan' }],
    vnets: [],
    permissions: {},
    ...given,
  }
  return given.permissions === undefined ? { ...observed, permissions: enough(observed) } : observed
}

/** Exactly the rights that are needed. */
export function enough(observed: ProxmoxClusterObservation, spec = proxmoxSpec()): Record<string, Privileges> {
  return Object.fromEntries(
    requirementsOf(spec, observed).map(({ path, privileges, propagate }) => [
      path,
      Object.fromEntries(privileges.map(privilege => [privilege, propagate])),
    ]),
  )
}
