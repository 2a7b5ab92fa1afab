/** Mistakes that people make in the Proxmox VE part of a tenant. */
import { API_VERSION } from '../../src/plan/names.ts'
import { GOOD_TENANT, type Manifest, type Mistake } from './refused-manifest.ts'

const web = {
  name: 'web',
  template: { name: 'debian-12' },
  cores: 2,
  memory: '4Gi',
  disks: [{ name: 'scsi0', size: '40Gi' }],
}

export const GOOD_SLICE: Manifest = {
  apiVersion: API_VERSION,
  kind: 'Tenant',
  metadata: { name: 'hooli' },
  spec: {
    ...GOOD_TENANT.spec,
    plan: 'gold',
    domain: 'app.hooli.example.com',
    proxmox: { cluster: 'proxmox', vlan: 110, users: [{ name: 'ada', role: 'TenantUser' }] },
    machines: [web, { name: 'mail', container: { template: 'local:vztmpl/debian-12.tar.zst' } }],
  },
}

const privileged = { template: 'local:vztmpl/debian-12.tar.zst', unprivileged: false }
const exactlyOne = /must have exactly one of vmid, name and tags/
const eitherOr = /must have either template or container/
const duplicate = /Duplicate value/

export const SLICE_MISTAKES: readonly Mistake[] = [
  { set: 'spec.proxmox', to: undefined, says: /must be set for machines: they have to be somewhere/ },
  { set: 'spec.proxmox.cluster', to: undefined, says: /[Rr]equired/ },
  { set: 'spec.proxmox.vlan', to: 0, says: /1/ },
  { set: 'spec.proxmox.vlan', to: 65_536, says: /65535/ },
  { set: 'spec.proxmox.users.0.name', to: 'Ada', field: 'spec.proxmox.users[0].name', says: /lower case letters/ },
  { set: 'spec.proxmox.users.0.name', to: 'a'.repeat(19), field: 'spec.proxmox.users[0].name', says: /18/ },
  {
    set: 'spec.proxmox.users',
    to: [{ name: 'ada' }, { name: 'ada' }],
    field: 'spec.proxmox.users[1]',
    says: duplicate,
  },
  { set: 'spec.machines', to: [web, web], field: 'spec.machines[1]', says: duplicate },
  { set: 'spec.machines.0.name', to: 'Web', field: 'spec.machines[0].name', says: /lower case letters/ },
  { set: 'spec.machines.0.name', to: 'a'.repeat(23), field: 'spec.machines[0].name', says: /22/ },
  { set: 'spec.machines.0.template', to: {}, field: 'spec.machines[0].template', says: exactlyOne },
  {
    set: 'spec.machines.0.template',
    to: { name: 'debian-12', vmid: 9000 },
    field: 'spec.machines[0].template',
    says: exactlyOne,
  },
  {
    set: 'spec.machines.0.template',
    to: { name: 'debian-12', tags: ['debian'] },
    field: 'spec.machines[0].template',
    says: exactlyOne,
  },
  {
    set: 'spec.machines.1.container',
    to: privileged,
    field: 'spec.machines[1].container.unprivileged',
    says: /must be true: root of a privileged container is root of its node/,
  },
  { set: 'spec.machines.0.template', to: undefined, field: 'spec.machines[0]', says: eitherOr },
  {
    set: 'spec.machines.1.template',
    to: { vmid: 9000 },
    field: 'spec.machines[1]',
    says: eitherOr,
  },
  { set: 'spec.machines.0.memory', to: '1.5Mi', field: 'spec.machines[0].memory', says: /whole mebibytes/ },
  { set: 'spec.machines.0.cores', to: 0, field: 'spec.machines[0].cores', says: /1/ },
  { set: 'spec.machines.0.disks.0.size', to: '40G', field: 'spec.machines[0].disks[0].size', says: /whole gibibytes/ },
  { set: 'spec.machines.0.disks.0.name', to: 'sda', field: 'spec.machines[0].disks[0].name', says: /scsi0/ },
  { set: 'spec.machines.0.powerState', to: 'On', field: 'spec.machines[0].powerState', says: /Running/ },
]

/** What cannot be taken back once it is there: field, new value, where the refusal stands and what it says. */
export const REFUSED_SLICE_UPDATES: readonly (readonly [string, Mistake['set'], unknown, string])[] = [
  ['no part of Proxmox VE any more', 'spec.proxmox', undefined, 'spec.proxmox: Invalid value: cannot be removed'],
  ['another cluster', 'spec.proxmox.cluster', 'other', 'spec.proxmox.cluster: Invalid value: cannot be changed'],
  [
    'a smaller disk',
    'spec.machines.0.disks.0.size',
    '39Gi',
    'spec.machines[0].disks[0].size: Invalid value: must not shrink',
  ],
  [
    'another template',
    'spec.machines.0.template',
    { name: 'debian-13' },
    'spec.machines[0]: Invalid value: must keep its template',
  ],
]
