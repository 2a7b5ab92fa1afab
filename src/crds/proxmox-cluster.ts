/** `ProxmoxCluster`: one Proxmox VE cluster that tenants get a part of. The only place where its fields are written down. */
import { z } from 'zod'
import {
  certificateFingerprint,
  NETWORKS_OF_BASE_CEL,
  networkBase,
  networksOfBase,
  pemCertificates,
  proxmoxBridge,
  proxmoxId,
  proxmoxNetworkId,
  proxmoxNode,
  proxmoxPool,
  proxmoxUrl,
  vnetPrefix,
} from './proxmox-scalar.ts'
import { withRules, withTransitions } from './rule.ts'
import { objectName } from './scalar.ts'

const trustSchema = withRules(
  z.object({
    ca: pemCertificates
      .optional()
      .describe('Authority that signed the certificates, in PEM: of a cluster, /etc/pve/pve-root-ca.pem of any node.'),
    fingerprints: z
      .array(certificateFingerprint)
      .min(1)
      .max(32)
      .optional()
      .describe('SHA-256 fingerprints of the certificates themselves, one for each endpoint.'),
  }),
  {
    cel: '!(has(self.ca) && has(self.fingerprints))',
    message: 'must have either ca or fingerprints, not both; without either, the public authorities count',
    holds: ({ ca, fingerprints }) => ca === undefined || fingerprints === undefined,
  },
)

function rangeOf(least: number, most: number, what: string) {
  return withRules(
    z.object({
      first: z.int().min(least).max(most).describe(`The first ${what}.`),
      last: z.int().min(least).max(most).describe(`The last ${what}.`),
    }),
    {
      cel: 'self.first <= self.last',
      message: 'must not end before it begins',
      holds: ({ first, last }) => first <= last,
    },
  )
}

const networkSchema = withTransitions(
  withRules(
    z.object({
      type: z
        .enum(['vlan', 'vxlan', 'bridge'])
        .describe('An SDN zone of type vlan or vxlan, or a vlan-aware bridge without SDN.'),
      zone: proxmoxNetworkId.optional().describe('The SDN zone, made by the administrator; for vlan and vxlan.'),
      bridge: proxmoxBridge.optional().describe('The vlan-aware bridge, such as vmbr0; for bridge.'),
      vlanRange: rangeOf(1, 65_535, 'tag').describe('The tags that tenants get, one each. VLAN tags end at 4094.'),
      subnetBase: networkBase
        .default('10.64.0.0/12')
        .describe('Each tenant gets a /24 of it, by its tag: of 10.64.0.0/12, tag 110 has 10.64.110.0/24.'),
      vnetPrefix: vnetPrefix
        .default('tn')
        .describe('The vnets of tenants are called this and their tag in base 36: tag 110 is tn32.'),
      quarantineSeconds: z
        .int()
        .min(0)
        .max(31_536_000)
        .default(3600)
        .describe('How long a tag is given to nobody after a tenant has gone, from when nothing uses it any more.'),
    }),
    {
      cel: "(self.type == 'bridge') == has(self.bridge) && (self.type != 'bridge') == has(self.zone)",
      message: 'must have a bridge for type bridge, and a zone for the other types',
      holds: ({ type, zone, bridge }) =>
        (type === 'bridge') === (bridge !== undefined) && (type !== 'bridge') === (zone !== undefined),
    },
    {
      cel: "self.type == 'vxlan' || self.vlanRange.last <= 4094",
      message: 'must end at 4094 or below: there are no VLAN tags above',
      holds: ({ type, vlanRange }) => type === 'vxlan' || vlanRange.last <= 4094,
      field: 'vlanRange',
    },
    {
      cel: `!self.subnetBase.matches('/([89]|1[0-9]|2[0-4])$') || self.vlanRange.last < ${NETWORKS_OF_BASE_CEL}[int(self.subnetBase.split('/')[1]) - 8]`,
      message: 'must be large enough for a /24 for each tag up to the last one of vlanRange',
      holds: ({ subnetBase, vlanRange }) => vlanRange.last < networksOfBase(subnetBase),
      field: 'subnetBase',
    },
  ),
  {
    cel: [
      'self.type == oldSelf.type',
      'self.subnetBase == oldSelf.subnetBase',
      'self.vnetPrefix == oldSelf.vnetPrefix',
      'has(self.zone) == has(oldSelf.zone) && (!has(self.zone) || self.zone == oldSelf.zone)',
      'has(self.bridge) == has(oldSelf.bridge) && (!has(self.bridge) || self.bridge == oldSelf.bridge)',
    ].join(' && '),
    message:
      'must keep its type, zone, bridge, subnetBase and vnetPrefix: the networks of tenants are there. Make another ProxmoxCluster',
  },
)

const accessSchema = z.object({
  parentPool: proxmoxPool
    .default('tenants')
    .describe('The pool, made by the administrator, in which each tenant gets a pool of its own.'),
  userGroup: proxmoxId
    .default('tenants')
    .describe('The group, made by the administrator, of all users of tenants. It should carry no rights.'),
  tenantRoles: z
    .array(proxmoxId)
    .min(1)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .prefault(['TenantUser'])
    .describe("Roles, made by the administrator, that users of tenants may get on their tenant's pool."),
})

const placementSchema = z.object({
  nodes: z
    .array(proxmoxNode)
    .min(1)
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .optional()
    .describe('The nodes that machines may be on; all without it.'),
  storages: z
    .array(proxmoxId)
    .min(1)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe('The storages that disks of machines may be on.'),
  templates: z
    .array(z.int().min(100).max(999_999_999))
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .prefault([])
    .describe('Ids of the virtual machine templates that machines are made from.'),
  clonesAtOnce: z
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('How many machines may be made at once from one template, and how many on one storage.'),
})

export const proxmoxClusterSpecSchema = withTransitions(
  z.object({
    endpoints: z
      .array(proxmoxUrl)
      .min(1)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe(
        'Nodes to talk to. Each answers for the whole cluster; one that cannot be reached, or belongs to another cluster than the others, is passed over.',
      ),
    credentialSecretRef: z
      .object({ name: objectName.describe('Name of the Secret.') })
      .describe("Secret in the operator's namespace with the API token, in the keys tokenId and tokenSecret."),
    tls: trustSchema.prefault({}).describe('How the endpoints prove who they are.'),
    network: networkSchema.describe('Where the networks of tenants are.'),
    placement: placementSchema.describe('Where machines of tenants are.'),
    vmidRange: rangeOf(100, 999_999_999, 'id').describe('Ids of machines, used by nobody but the operator.'),
    access: accessSchema.prefault({}).describe('What the administrator has made for the operator.'),
  }),
  {
    cel: 'self.access.parentPool == oldSelf.access.parentPool',
    message: 'cannot be changed: the pools of tenants are in it. Make another ProxmoxCluster',
    field: 'access.parentPool',
  },
)

export type ProxmoxClusterSpec = z.infer<typeof proxmoxClusterSpecSchema>
