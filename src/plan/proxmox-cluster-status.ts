/** The status of a ProxmoxCluster, from what was found of it: the one place where it is written. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import { conditionsOf, isFalse, isTrue, isUnknown, type Verdict } from './condition-set.ts'
import { type ExcessRights, excessRights } from './proxmox-excess.ts'
import type { ProxmoxClusterObservation } from './proxmox-observation.ts'
import { lackingPreparations } from './proxmox-preparation.ts'
import { type MissingRights, missingRights } from './proxmox-privileges.ts'
import { quorumProblem } from './proxmox-quorum.ts'
import { roleDangers } from './proxmox-role-danger.ts'

export interface ClusterStatusInputs {
  readonly generation: number
  readonly before: ProxmoxClusterStatus | undefined
  /** RFC 3339. */
  readonly now: string
  /** Of this cluster, in whatever phase: their tags are not free. */
  readonly leases?: readonly { readonly tag: number; readonly tenant: string }[]
  /** It is being deleted, and stays as long as there are leases. */
  readonly isLeaving?: boolean
}

/** Why nothing could be found out, or may be done. */
export interface ClusterProblem {
  readonly reason:
    | 'CredentialsMissing'
    | 'CredentialsInvalid'
    | 'CredentialsForbidden'
    | 'SameCluster'
    | 'OtherCluster'
    | 'Unreachable'
    | 'Untrusted'
    | 'TokenRefused'
    | 'UnexpectedAnswer'
  readonly message: string
}

export function clusterStatusOf(
  spec: ProxmoxClusterSpec,
  observed: ProxmoxClusterObservation,
  inputs: ClusterStatusInputs,
): ProxmoxClusterStatus {
  const missing = missingRights(spec, observed)
  const excess = excessRights(spec, observed)
  const dangers = roleDangers(spec, observed)
  const authorized = authorizedVerdict(missing, excess, dangers)
  const lacking = authorized.status === 'True' ? (healthVerdict(spec, observed) ?? leavingVerdict(inputs)) : authorized
  const head = lacking === undefined ? [...READY, ...settled('Connected')] : unready(lacking.reason, lacking.message)
  const verdicts = [...head, isTrue('Reachable', 'Connected', `Proxmox VE ${observed.version} answers.`), authorized]
  return {
    ...factsOf(spec, observed, inputs, missing, [...excess.slice(0, MOST - dangers.length), ...dangers]),
    ...progressOf(verdicts, inputs),
  }
}

export function problemStatusOf(
  { reason, message }: ClusterProblem,
  inputs: ClusterStatusInputs,
): ProxmoxClusterStatus {
  const isAway = reason === 'Unreachable' || reason === 'Untrusted'
  const isRefused = reason === 'TokenRefused'
  const verdicts = [
    ...unready(reason, message),
    isAway
      ? isFalse('Reachable', reason, message)
      : isRefused
        ? isTrue('Reachable', 'Connected', 'Proxmox VE answers.')
        : isUnknown('Reachable', reason, message),
    isRefused ? isFalse('Authorized', reason, message) : isUnknown('Authorized', reason, message),
  ]
  return { ...inputs.before, ...progressOf(verdicts, inputs) }
}

/** Only an edit of the object itself helps. */
export function invalidStatusOf(message: string, inputs: ClusterStatusInputs): ProxmoxClusterStatus {
  const verdicts = [
    isFalse('Ready', 'InvalidSpec', message),
    isFalse('Reconciling', 'InvalidSpec', 'Nothing is tried again until this ProxmoxCluster is edited.'),
    isTrue('Stalled', 'InvalidSpec', message),
  ]
  return { ...inputs.before, ...progressOf(verdicts, inputs) }
}

const READY = [isTrue('Ready', 'Connected', 'The cluster answers, and the token has the rights that it needs.')]

function settled(reason: string): Verdict[] {
  return [
    isFalse('Reconciling', reason, 'Nothing is left to do.'),
    isFalse('Stalled', reason, 'Nothing is in the way.'),
  ]
}

function unready(reason: string, message: string): Verdict[] {
  return [
    isFalse('Ready', reason, message),
    isTrue('Reconciling', reason, message),
    isFalse('Stalled', 'Progressing', 'What is missing is looked for again by itself.'),
  ]
}

function authorizedVerdict(
  missing: readonly MissingRights[],
  excess: readonly ExcessRights[],
  dangers: readonly ExcessRights[],
): Verdict {
  if (missing.length > 0) {
    const places = missing.map(({ path, privileges }) => `${privileges.join(', ')} on ${path}`)
    const commands = missing.map(({ command }) => command).join(' && ')
    return isFalse('Authorized', 'MissingRights', `The token lacks ${places.join('; ')}. To grant it: ${commands}`)
  }
  const told = (found: readonly ExcessRights[], at: string) =>
    found.map(({ path, privileges, allows }) => `${privileges.join(', ')} ${at}${path} (${allows})`).join('; ')
  const warnings = [
    ...(excess.length === 0
      ? []
      : [`The token has rights that it does not need, with which a thief could do more: ${told(excess, 'on ')}.`]),
    ...(dangers.length === 0
      ? []
      : [`Users of tenants may get rights that they should not have: ${told(dangers, 'by ')}.`]),
  ]
  if (warnings.length > 0) return isTrue('Authorized', 'RightsTooMany', warnings.join(' '))
  return isTrue('Authorized', 'RightsComplete', 'The token has the rights that it needs, and no others.')
}

/** Undefined where nothing is in the way of tenants. */
function healthVerdict(spec: ProxmoxClusterSpec, observed: ProxmoxClusterObservation): Verdict | undefined {
  const quorum = quorumProblem(observed)
  if (quorum !== undefined) return isFalse('Ready', quorum.reason, quorum.message)
  const lacking = lackingPreparations(spec, observed)
  return lacking.length === 0 ? undefined : isFalse('Ready', 'NotPrepared', lacking.join(' '))
}

function leavingVerdict({ isLeaving = false, leases = [] }: ClusterStatusInputs): Verdict | undefined {
  if (!isLeaving) return undefined
  const held = [...leases].sort((a, b) => a.tag - b.tag).map(({ tag, tenant }) => `${tenant} (VLAN ${tag})`)
  const message = `It is being deleted, and stays until nobody has a network there: ${held.join(', ')}.`
  return isFalse('Ready', 'Deleting', message)
}

function factsOf(
  spec: ProxmoxClusterSpec,
  observed: ProxmoxClusterObservation,
  { leases = [] }: ClusterStatusInputs,
  missing: readonly MissingRights[],
  excess: readonly ExcessRights[],
): Omit<ProxmoxClusterStatus, 'observedGeneration'> {
  const { version, tokenId, nodes, quorate, guests, vnets } = observed
  const sortedNodes = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST)
  const templates = guests.filter(({ template }) => template).sort((a, b) => a.vmid - b.vmid)
  return {
    version,
    tokenId,
    ...(quorate === undefined ? {} : { quorate }),
    nodesOnline: `${nodes.filter(({ online }) => online).length}/${nodes.length}`,
    nodes: sortedNodes.map(node => ({ ...node })),
    templates: templates.slice(0, MOST).map(({ vmid, name, node, type }) => ({
      vmid,
      ...(name === undefined ? {} : { name }),
      node,
      type,
    })),
    vlans: countOf(spec.network.vlanRange, [
      ...vnets.flatMap(({ tag }) => (tag === undefined ? [] : [tag])),
      ...leases.map(({ tag }) => tag),
    ]),
    vmids: countOf(
      spec.vmidRange,
      guests.map(({ vmid }) => vmid),
    ),
    missingRights: missing.slice(0, MOST).map(right => ({ ...right, privileges: [...right.privileges] })),
    excessRights: excess.map(right => ({ ...right, privileges: [...right.privileges] })),
  }
}

const MOST = 64

function countOf({ first, last }: { first: number; last: number }, taken: readonly number[]) {
  const total = last - first + 1
  return { free: total - new Set(taken.filter(number => number >= first && number <= last)).size, total }
}

function progressOf(
  verdicts: readonly Verdict[],
  { generation, before, now }: ClusterStatusInputs,
): Pick<ProxmoxClusterStatus, 'observedGeneration' | 'conditions'> {
  const conditions = conditionsOf(verdicts, { before: before?.conditions ?? [], observedGeneration: generation, now })
  return { observedGeneration: generation, conditions }
}
