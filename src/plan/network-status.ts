/** The status of a NetworkLease, from what is to become of it and what was found: the one place where it is written. Pure. */

import type { NetworkLeaseStatus } from '../crds/network-lease.ts'
import type { NetworkLease } from '../crds/parse.ts'
import { conditionsOf, isFalse, isTrue, isUnknown, type Verdict } from './condition-set.ts'
import type { Course } from './network-course.ts'
import { isEdited, isGone, isInForce, type NetworkFacts, type NetworkState } from './proxmox-network.ts'
import type { ProxmoxProblem } from './proxmox-view.ts'

export interface LeaseFindings {
  readonly lease: Pick<NetworkLease, 'metadata' | 'spec' | 'status'>
  readonly course: Course
  readonly state: NetworkState
  readonly facts: NetworkFacts
  /** Nodes of which nothing can be said. */
  readonly away: readonly string[]
  /** Guests and networks that have its tag although it is to be free, in words. */
  readonly users: readonly string[]
  /** Why what is to be done for it is not done, or failed. */
  readonly obstacle?: ProxmoxProblem | undefined
  readonly quarantineSeconds: number
  /** RFC 3339. */
  readonly now: string
}

type Phase = NonNullable<NetworkLeaseStatus['phase']>

interface Said {
  readonly phase: Phase
  readonly ready: 'True' | 'False'
  readonly reason: string
  readonly message: string
  /** Nothing is tried: a person has to act on the lease. */
  readonly isStalled?: true
}

export function leaseStatusOf(findings: LeaseFindings): NetworkLeaseStatus {
  const { lease, facts, now } = findings
  const said = isReleased(findings) ? quarantined(findings) : sayingOf(findings)
  const { vnet, bridge, subnet } = facts
  const releasedAt = lease.status?.releasedAt ?? (said.phase === 'Quarantined' ? now : undefined)
  return {
    phase: said.phase,
    ...(vnet === undefined ? {} : { vnet }),
    bridge,
    ...(subnet === undefined ? {} : { subnet: subnet.cidr, gateway: subnet.gateway }),
    ...(releasedAt === undefined ? {} : { releasedAt }),
    ...(lease.status?.abandoned === undefined ? {} : { abandoned: lease.status.abandoned }),
    ...progressOf(verdictsOf(said), lease, now),
  }
}

/** The cluster cannot be looked at: what was known stays, with the reason. */
export function unknownLeaseStatusOf(
  lease: Pick<NetworkLease, 'metadata' | 'status'>,
  { reason, message }: ProxmoxProblem,
  now: string,
): NetworkLeaseStatus {
  const verdicts = [
    isUnknown('Ready', reason, message),
    isTrue('Reconciling', reason, message),
    isFalse('Stalled', 'Progressing', 'It is looked at again by itself.'),
  ]
  return { ...lease.status, ...progressOf(verdicts, lease, now) }
}

/** Nothing uses it, and on every node it is gone: from here on the quarantine counts. */
function isReleased({ course, state, away, users }: LeaseFindings): boolean {
  return course.course === 'release' && isGone(state) && away.length === 0 && users.length === 0
}

function sayingOf(findings: LeaseFindings): Said {
  const { lease, course, users } = findings
  const { tag, tenant } = lease.spec
  switch (course.course) {
    case 'serve':
      return serving(findings)
    case 'hold':
      return releasing('StillUsed', `It was asked to go, and waits for ${course.by}.`)
    case 'release':
      return removing(findings)
    case 'quarantine':
      return users.length === 0 ? quarantined(findings) : { ...quarantined(findings), ...stillUsed(users) }
    case 'orphaned': {
      const left = course.left.length === 0 ? '' : ` Left in Proxmox VE: ${course.left.join(' and ')}.`
      const unseen = course.unseen === undefined ? '' : ` Not all of what is left can be seen: ${course.unseen}.`
      const message = `There is no tenant "${tenant.name}" any more with the uid ${tenant.uid}. VLAN ${tag} is kept for what it may have left behind: delete this lease to clear its network away.${left}${unseen}`
      return { phase: lease.status?.phase ?? 'Pending', ready: 'False', reason: 'Orphaned', message, isStalled: true }
    }
    case 'abandoned': {
      const { users = [] } = lease.status?.abandoned ?? {}
      const logins =
        users.length === 0 ? '' : ` Passwords of ${users.join(', ')} go on working until these are deleted.`
      const message = `What tenant "${tenant.name}" had in Proxmox VE was left there on purpose: clear it away, then delete this lease.${logins}`
      return { phase: 'Abandoned', ready: 'False', reason: 'Abandoned', message, isStalled: true }
    }
    default:
      return course satisfies never
  }
}

function serving({ lease, state, facts, away, obstacle }: LeaseFindings): Said {
  const { tag } = lease.spec
  if (isInForce(state)) {
    const where = facts.vnet === undefined ? `on bridge ${facts.bridge}` : `as vnet ${facts.vnet} on every node`
    const but = away.length === 0 ? '' : ` but those that are away: ${[...away].sort().join(', ')}`
    return { phase: 'Ready', ready: 'True', reason: 'InForce', message: `VLAN ${tag} is there ${where}${but}.` }
  }
  const phase = lease.status?.phase === 'Ready' && state.vnet === 'there' ? 'Ready' : 'Pending'
  const not = (reason: string, message: string): Said => ({ phase, ready: 'False', reason, message })
  if (state.taken !== undefined) return not('VnetTaken', state.taken)
  if (obstacle !== undefined) return not(obstacle.reason, obstacle.message)
  if (state.broken.length > 0)
    return not('NetworkBroken', `Vnet ${facts.vnet} cannot be on ${state.broken.join(', ')}.`)
  const isConfigured = state.vnet === 'there' && !state.pending && !isEdited(state)
  if (isConfigured)
    return not('NodesBehind', `Vnet ${facts.vnet} is not there yet on ${state.behind.join(', ')}. ${AGAIN}`)
  return not('MakingNetwork', `Vnet ${facts.vnet} with tag ${tag} is being made.`)
}

const AGAIN =
  'The last task "reloadnetworkall" says why; it is applied again every ten minutes, and when a node comes or goes.'

function removing({ state, facts, away, users, obstacle }: LeaseFindings): Said {
  if (users.length > 0) return { phase: 'Releasing', ready: 'False', ...stillUsed(users) }
  if (obstacle !== undefined) return releasing(obstacle.reason, obstacle.message)
  if (isGone(state)) {
    const message = `Whether the network is gone on ${[...away].sort().join(', ')} cannot be told while these nodes are away.`
    return releasing('NodesOffline', message)
  }
  const left = state.vnet === 'missing' && !state.pending ? ` It is still on ${state.behind.join(', ')}.` : ''
  return releasing('Releasing', `Vnet ${facts.vnet} is being taken away.${left}`)
}

function releasing(reason: string, message: string): Said {
  return { phase: 'Releasing', ready: 'False', reason, message }
}

function stillUsed(users: readonly string[]): Pick<Said, 'reason' | 'message'> {
  return { reason: 'StillUsed', message: `The tag is still in use: ${[...users].sort().join(', ')}.` }
}

function quarantined({ lease, quarantineSeconds }: LeaseFindings): Said {
  const message = `Nothing uses VLAN ${lease.spec.tag} any more. It is given to nobody for ${quarantineSeconds} seconds, counted from status.releasedAt.`
  return { phase: 'Quarantined', ready: 'False', reason: 'Quarantined', message }
}

function verdictsOf({ ready, reason, message, isStalled }: Said): Verdict[] {
  if (ready === 'True') {
    return [
      isTrue('Ready', reason, message),
      isFalse('Reconciling', reason, 'Nothing is left to do.'),
      isFalse('Stalled', reason, 'Nothing is in the way.'),
    ]
  }
  return [
    isFalse('Ready', reason, message),
    isStalled
      ? isFalse('Reconciling', reason, 'Nothing is done until somebody deletes this lease.')
      : isTrue('Reconciling', reason, message),
    isStalled
      ? isTrue('Stalled', reason, message)
      : isFalse('Stalled', 'Progressing', 'What is missing is looked for again by itself.'),
  ]
}

function progressOf(
  verdicts: readonly Verdict[],
  { metadata, status }: Pick<NetworkLease, 'metadata' | 'status'>,
  now: string,
): Required<Pick<NetworkLeaseStatus, 'observedGeneration' | 'conditions'>> {
  const observedGeneration = metadata.generation ?? 0
  const conditions = conditionsOf(verdicts, { before: status?.conditions ?? [], observedGeneration, now })
  return { observedGeneration, conditions }
}
