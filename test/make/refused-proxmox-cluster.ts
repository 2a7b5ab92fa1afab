/** Mistakes that people make in the manifest of a ProxmoxCluster. */
import { API_VERSION } from '../../src/plan/names.ts'
import { MANIFEST_SPEC } from './proxmox-cluster.ts'
import type { Manifest, Mistake } from './refused-manifest.ts'

const FINGERPRINT = Array(32).fill('0a').join(':')

export const GOOD_CLUSTER: Manifest = {
  apiVersion: API_VERSION,
  kind: 'ProxmoxCluster',
  metadata: { name: 'racks' },
  spec: {
    ...MANIFEST_SPEC,
    tls: { fingerprints: [FINGERPRINT] },
    placement: { nodes: ['pve1', 'pve-2'], storages: ['local-zfs'], templates: [9000] },
    access: { parentPool: 'customers/tenants', userGroup: 'tenants', tenantRoles: ['TenantUser', 'TenantViewer'] },
  },
}

const required = /[Rr]equired/
const url = /must be https:\/\/host:port/
const zoneOrBridge = /must have a bridge for type bridge, and a zone for the other types/

export const CLUSTER_MISTAKES: readonly Mistake[] = [
  { set: 'spec', to: undefined, says: required },
  { set: 'spec.endpoints', to: undefined, says: required },
  { set: 'spec.endpoints', to: [], says: /1/ },
  { set: 'spec.endpoints', to: ['http://pve1.example.com:8006'], field: 'spec.endpoints[0]', says: url },
  { set: 'spec.endpoints', to: ['https://pve1.example.com'], field: 'spec.endpoints[0]', says: url },
  { set: 'spec.endpoints', to: ['https://pve1.example.com:8006/'], field: 'spec.endpoints[0]', says: url },
  { set: 'spec.endpoints', to: ['https://a@pve1.example.com:8006'], field: 'spec.endpoints[0]', says: url },
  { set: 'spec.credentialSecretRef', to: undefined, says: required },
  { set: 'spec.credentialSecretRef.name', to: 'Token', says: /must be the name of an object/ },
  { set: 'spec.tls.ca', to: ca(), field: 'spec.tls', says: /either ca or fingerprints, not both/ },
  { set: 'spec.tls', to: { ca: 'x' }, field: 'spec.tls.ca', says: /must be one or more certificates in PEM/ },
  { set: 'spec.tls.fingerprints', to: ['aa:bb'], field: 'spec.tls.fingerprints[0]', says: /SHA-256 fingerprint/ },
  { set: 'spec.network', to: undefined, says: required },
  { set: 'spec.network.type', to: 'simple', says: /vlan/ },
  { set: 'spec.network.type', to: 'bridge', field: 'spec.network', says: zoneOrBridge },
  { set: 'spec.network.bridge', to: 'vmbr0', field: 'spec.network', says: zoneOrBridge },
  { set: 'spec.network.zone', to: undefined, field: 'spec.network', says: zoneOrBridge },
  { set: 'spec.network.zone', to: 'tenants-1', says: /must be 2 to 8 letters and digits|8/ },
  { set: 'spec.network.vlanRange.first', to: 200, field: 'spec.network.vlanRange', says: /must not end before it/ },
  { set: 'spec.network.vlanRange.last', to: 4095, field: 'spec.network.vlanRange', says: /must end at 4094 or below/ },
  { set: 'spec.network.subnetBase', to: '10.64.0.0', says: /must be an IPv4 network from \/8 to \/24/ },
  { set: 'spec.network.subnetBase', to: '10.64.0.0/25', says: /must be an IPv4 network from \/8 to \/24/ },
  { set: 'spec.network.subnetBase', to: '10.64.0.5/12', says: /must be the first address of the network/ },
  { set: 'spec.network.subnetBase', to: '10.64.0.0/17', says: /must be large enough for a \/24 for each tag/ },
  { set: 'spec.placement.storages', to: [], says: /1/ },
  { set: 'spec.placement.nodes', to: ['pve 1'], field: 'spec.placement.nodes[0]', says: /must be the name of a node/ },
  { set: 'spec.vmidRange', to: undefined, says: required },
  { set: 'spec.vmidRange.first', to: 99, says: /100/ },
  { set: 'spec.vmidRange.last', to: 9999, field: 'spec.vmidRange', says: /must not end before it begins/ },
  { set: 'spec.access.parentPool', to: 'a/b/c', says: /must be the name of a pool/ },
  { set: 'spec.access.tenantRoles', to: [], says: /1/ },
]

function ca(): string {
  return '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
}
