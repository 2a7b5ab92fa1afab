/** What a machine is, whoever asks for it: an entry of a Tenant's `machines`, or the spec of a TenantMachine. */
import { z } from 'zod'
import { ipv4Address, proxmoxId, proxmoxNode, proxmoxTag, proxmoxVolume, unixUser } from './proxmox-scalar.ts'
import { quantityValue } from './quantity.ts'
import { type Rule, text, withRules, withTransitions } from './rule.ts'
import { byteQuantity, objectName } from './scalar.ts'

const templateSchema = withRules(
  z.object({
    vmid: z.int().min(100).max(999_999_999).optional().describe('Its id.'),
    name: text(
      /^[a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])?$/,
      'must be the name of a template: letters, digits, "-" and "."',
      63,
    )
      .optional()
      .describe('Its name.'),
    tags: z
      .array(proxmoxTag)
      .min(1)
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .optional()
      .describe('Tags that it has. Of several templates that have them all, the one with the highest id counts.'),
  }),
  {
    cel: '[has(self.vmid), has(self.name), has(self.tags)].filter(given, given).size() == 1',
    message: 'must have exactly one of vmid, name and tags',
    holds: ({ vmid, name, tags }) => [vmid, name, tags].filter(given => given !== undefined).length === 1,
  },
)

const containerSchema = z.object({
  template: proxmoxVolume.describe('The template volume that it is unpacked from.'),
  // Earlier versions took false, and made it unprivileged all the same.
  unprivileged: withRules(
    z.boolean().overwrite(() => true),
    {
      cel: 'self',
      message: 'must be true: root of a privileged container is root of its node, and could reach every tenant',
      holds: isTrue => isTrue,
    },
  )
    .default(true)
    .describe('Always true: its root is nobody on the node.'),
})

const gibibytes: Rule<string> = {
  cel: 'quantity(string(self)).compareTo(quantity("1Gi")) >= 0 && quantity(string(self)).asInteger() % 1073741824 == 0',
  message: 'must be whole gibibytes, such as 20Gi',
  holds: size => quantityValue(size) >= 2 ** 30 && quantityValue(size) % 2 ** 30 === 0,
}

const mebibytes: Rule<string> = {
  cel: 'quantity(string(self)).compareTo(quantity("16Mi")) >= 0 && quantity(string(self)).asInteger() % 1048576 == 0',
  message: 'must be whole mebibytes, 16Mi or more, such as 2Gi',
  holds: size => quantityValue(size) >= 2 ** 24 && quantityValue(size) % 2 ** 20 === 0,
}

const diskSchema = withTransitions(
  z.object({
    name: z
      .enum(['scsi0', 'scsi1', 'scsi2', 'scsi3', 'virtio0', 'virtio1', 'virtio2', 'virtio3', 'rootfs'])
      .describe('Its name in Proxmox VE: one that the template has, or rootfs of a container.'),
    size: withRules(byteQuantity, gibibytes).describe('Its size. It can grow, but not shrink.'),
  }),
  {
    cel: 'quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0',
    message: 'must not shrink: a disk can only grow',
    field: 'size',
  },
)

const keySelector = z.object({
  name: objectName.describe('Name of the Secret, in the namespace of the tenant.'),
  key: text(/^[-._a-zA-Z0-9]+$/, 'must be a key of a Secret', 253).describe('Its key.'),
})

const cloudInitSchema = z.object({
  user: unixUser.optional().describe('The user that is made; what the template says without it.'),
  sshKeysSecretRef: keySelector.optional().describe('Public keys, one a line, that may log in as this user.'),
  nameservers: z
    .array(ipv4Address)
    .max(3)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .optional()
    .describe('Name servers; what the node uses without them.'),
})

const shape = {
  template: templateSchema.optional().describe('The virtual machine template that it is cloned from.'),
  container: containerSchema.optional().describe('What a container is made from, instead of a template.'),
  clone: z
    .enum(['Full', 'Linked'])
    .default('Full')
    .describe('Full: its disks are its own. Linked: they build on those of the template, on the same storage.'),
  cores: z.int().min(1).max(128).default(1).describe('CPU cores.'),
  memory: withRules(byteQuantity, mebibytes).prefault('1Gi').describe('Memory.'),
  disks: z
    .array(diskSchema)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .prefault([])
    .describe('Disks that are larger than in the template.'),
  cloudInit: cloudInitSchema.optional().describe('How it is set up at its first start, besides its network.'),
  startOrder: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('When it starts with its node: lower ones first. Of a virtual machine it takes a right of its own.'),
  protection: z.boolean().default(false).describe('While true, it is not destroyed, whoever deletes it.'),
  powerState: z.enum(['Running', 'Stopped']).default('Running').describe('Whether it runs.'),
  node: proxmoxNode.optional().describe('The node to make it on; chosen by what is free without it.'),
  storage: proxmoxId.optional().describe('The storage for its disks; chosen by what is free without it.'),
}

const source: Rule<{ template?: unknown; container?: unknown }> = {
  cel: 'has(self.template) != has(self.container)',
  message: 'must have either template or container: it is a virtual machine or a container',
  holds: ({ template, container }) => (template === undefined) !== (container === undefined),
}

/** What is made of it is there. */
const FIXED = {
  cel: [
    'has(self.template) == has(oldSelf.template) && (!has(self.template) || self.template == oldSelf.template)',
    'has(self.container) == has(oldSelf.container) && (!has(self.container) || self.container.template == oldSelf.container.template)',
    'self.clone == oldSelf.clone',
    'has(self.node) == has(oldSelf.node) && (!has(self.node) || self.node == oldSelf.node)',
    'has(self.storage) == has(oldSelf.storage) && (!has(self.storage) || self.storage == oldSelf.storage)',
  ].join(' && '),
  message: 'must keep its template, container, clone, node and storage: it was made so. Make another machine',
}

export const machineSpecSchema = withTransitions(withRules(z.object(shape), source), FIXED)

export function namedMachineSchema(name: z.ZodType<string>) {
  return withTransitions(
    withRules(z.object({ name: name.describe('Its name, and its host name.'), ...shape }), source),
    FIXED,
  )
}

export type MachineSpec = z.infer<typeof machineSpecSchema>
