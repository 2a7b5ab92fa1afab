/** Are pool, users and their rights in place in Proxmox VE? Pure. */
import { isFalse, isTrue, isUnknown, type Verdict } from '../condition-set.ts'
import * as names from '../names.ts'
import { formerSelfProblem } from '../proxmox-mark.ts'
import { type Holding, holdingOf, type SlicePlace } from '../proxmox-pool.ts'
import { hasGrant, holdingOfUser, wantedUsers } from '../proxmox-users.ts'
import { type DesiredSlice, planSlice, type SliceFindings, sliceOf } from '../slice.ts'

export function proxmoxVerdict({ desired, observed, failures }: SliceFindings): Verdict {
  const { look } = observed
  if (look.found === 'unknown') return isUnknown('ProxmoxReady', look.problem.reason, look.problem.message)
  const place = sliceOf(desired, observed)
  if (place === undefined) {
    return isFalse('ProxmoxReady', 'PoolPending', 'The pool is made when this tenant has its VLAN.')
  }
  const pool = names.poolName(look.spec.access.parentPool, desired.tenant.name)
  const taken =
    takenVerdict(holdingOf(place), { what: `Pool ${pool}`, reason: 'PoolTaken' }, desired, place.mark) ??
    roleVerdict(place, desired) ??
    takenUserVerdict(place, desired)
  if (taken !== undefined) return taken
  const failure = failures.find(({ stage }) => stage === 'Pool' || stage === 'Users')
  if (failure !== undefined) {
    // A user that the operator may not see has the name.
    const reason = failure.stage === 'Users' && failure.reason === 'NameTaken' ? 'UserTaken' : failure.reason
    return isFalse('ProxmoxReady', reason, failure.message)
  }
  if (isComplete(place, desired) && planSlice(desired, observed).proxmox.length === 0) {
    const count = desired.proxmox.users.length
    const users = count === 0 ? '' : ` with ${count} ${count === 1 ? 'user' : 'users'}`
    return isTrue('ProxmoxReady', 'ProxmoxReady', `Pool ${pool}${users} is in place.`)
  }
  if (look.lacking !== undefined) return isFalse('ProxmoxReady', look.lacking.reason, look.lacking.message)
  return isFalse('ProxmoxReady', 'PoolPending', `Pool ${pool} is being set up.`)
}

function takenVerdict(
  holding: Holding,
  { what, reason }: { what: string; reason: string },
  { tenant, proxmox, adopted }: DesiredSlice,
  { installation }: SlicePlace['mark'],
): Verdict | undefined {
  if (holding.is === 'foreign') {
    const message = `${what} of cluster ${proxmox.cluster} exists and is not this tenant's, so that it is left alone. Rename or delete it there, or give this tenant another name.`
    return isFalse('ProxmoxReady', reason, message)
  }
  if (holding.is !== 'former' || holding.key === adopted) return undefined
  const problem = formerSelfProblem(`${what} of cluster ${proxmox.cluster}`, holding.former, { installation, tenant })
  return isFalse('ProxmoxReady', problem.reason, problem.message)
}

function takenUserVerdict(place: SlicePlace, desired: DesiredSlice): Verdict | undefined {
  return wantedUsers(desired, place)
    .map(({ user }) =>
      takenVerdict(holdingOfUser(place, user), { what: `User ${user}`, reason: 'UserTaken' }, desired, place.mark),
    )
    .find(verdict => verdict !== undefined)
}

function roleVerdict(place: SlicePlace, desired: DesiredSlice): Verdict | undefined {
  const refused = wantedUsers(desired, place).find(({ allowed }) => !allowed)
  if (refused === undefined) return undefined
  const { tenantRoles } = place.spec.access
  const message = `spec.proxmox.users: ${refused.name} has role ${refused.role}, and cluster ${place.cluster} lets tenants have ${[...tenantRoles].sort().join(', ')}.`
  return isFalse('ProxmoxReady', 'RoleNotAllowed', message)
}

function isComplete(place: SlicePlace, desired: DesiredSlice): boolean {
  return (
    holdingOf(place).is === 'own' &&
    wantedUsers(desired, place).every(wish => holdingOfUser(place, wish.user).is === 'own' && hasGrant(place, wish))
  )
}
