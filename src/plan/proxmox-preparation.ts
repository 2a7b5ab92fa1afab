/** What an administrator has to make on a Proxmox VE cluster before tenants can be there, and has not. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterObservation } from './proxmox-observation.ts'

/** One sentence each, with the command where one is enough. Trustworthy only if the token lacks no right. */
export function lackingPreparations(spec: ProxmoxClusterSpec, observed: ProxmoxClusterObservation): string[] {
  const { access, network, placement } = spec
  const { pools, groups, roles, storages, nodes, guests } = observed
  const templates = new Set(guests.filter(({ template }) => template).map(({ vmid }) => vmid))
  return [
    ...missing([access.parentPool], pools, name => `There is no pool ${name}: pveum pool add ${name}.`),
    ...missing([access.userGroup], groups, name => `There is no group ${name}: pveum group add ${name}.`),
    ...missing(
      access.tenantRoles,
      Object.keys(roles),
      name => `There is no role ${name}: pveum role add ${name} --privs "VM.Audit VM.Console VM.PowerMgmt".`,
    ),
    ...missing(placement.storages, storages, name => `There is no storage ${name}.`),
    ...missing(
      placement.nodes ?? [],
      nodes.map(({ name }) => name),
      name => `There is no node ${name}.`,
    ),
    ...placement.templates.flatMap(vmid => (templates.has(vmid) ? [] : [`There is no template with the id ${vmid}.`])),
    ...lackingZone(network, observed),
  ]
}

function missing(wanted: readonly string[], found: readonly string[], sentence: (name: string) => string): string[] {
  return wanted.filter(name => !found.includes(name)).map(sentence)
}

function lackingZone({ type, zone }: ProxmoxClusterSpec['network'], { zones }: ProxmoxClusterObservation): string[] {
  if (zone === undefined) return []
  const found = zones.find(candidate => candidate.zone === zone)
  if (found === undefined) return [`There is no SDN zone ${zone} of type ${type}.`]
  return found.type === undefined || found.type === type
    ? []
    : [`SDN zone ${zone} is of type ${found.type}, not ${type}.`]
}
