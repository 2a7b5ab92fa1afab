/** The users of a tenant in Proxmox VE, and their rights on its pool. Pure. */
import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import { holdingIn, type SlicePlace } from './proxmox-pool.ts'
import type { ProxmoxStep } from './proxmox-step.ts'
import type { DesiredSlice } from './slice.ts'
import type { SecretTemplate, Step } from './step.ts'

export interface WantedUser {
  readonly name: string
  readonly user: string
  readonly role: string
  /** Whether the administrator lets tenants have this role. */
  readonly allowed: boolean
}

export function wantedUsers({ tenant, proxmox }: DesiredSlice, { spec }: Pick<SlicePlace, 'spec'>): WantedUser[] {
  const { tenantRoles } = spec.access
  return proxmox.users.map(({ name, role = tenantRoles[0] ?? '' }) => ({
    name,
    user: names.proxmoxUser(tenant.name, name),
    role,
    allowed: tenantRoles.includes(role),
  }))
}

/**
 * Stages of steps, for a pool that is this tenant's. The operator can neither change a user nor read a password back: one whose
 * Secret is gone is made anew, after the old one has gone, so that the two never differ.
 */
export function userSteps(
  place: SlicePlace,
  desired: DesiredSlice,
  secrets: ReadonlySet<string> | undefined,
): (readonly Step[])[] {
  const wanted = wantedUsers(desired, place).filter(({ allowed }) => allowed)
  const obsolete = obsoleteSteps(place, desired, secrets)
  const gone = new Set(obsolete.map(({ user }) => user))
  // Last, for a role with rights that the operator lacks, it cannot take away.
  const revoked = revokeSteps(place, wanted, gone)
  if (!place.mayMake) return [obsolete, revoked]
  const missing = wanted.filter(({ user }) => holdingOfUser(place, user).is === 'absent')
  // Without a look at the Secrets nobody knows whether a password is there already.
  const creatable = secrets === undefined ? [] : missing
  const unmade = creatable.filter(({ name }) => !secrets?.has(names.proxmoxUserSecret(name)))
  return [
    obsolete,
    unmade.map((user): Step => ({ do: 'kube.createSecret', secret: passwordOf(desired, user) })),
    creatable.map(user => createStep(place, desired, user)),
    grantSteps(place, wanted),
    revoked,
  ]
}

export function holdingOfUser({ view, mark }: Pick<SlicePlace, 'view' | 'mark'>, user: string) {
  return holdingIn(
    view.users.find(found => found.user === user),
    mark,
  )
}

/** The pool and everything in it; the rights of its users stand there, one for each. */
export function poolPath({ spec, mark }: Pick<SlicePlace, 'spec' | 'mark'>): string {
  return `/pool/${names.poolName(spec.access.parentPool, mark.tenant.name)}`
}

/** Users that carry its mark, and that nobody asks for, whose password is lost, or that were adopted. */
function obsoleteSteps(
  place: SlicePlace,
  desired: DesiredSlice,
  secrets: ReadonlySet<string> | undefined,
): Extract<ProxmoxStep, { do: 'proxmox.deleteUser' }>[] {
  const { cluster, view, mark, mayMake } = place
  const wanted = wantedUsers(desired, place)
  return view.users.flatMap(({ user, comment }): Extract<ProxmoxStep, { do: 'proxmox.deleteUser' }>[] => {
    const holding = holdingIn(comment === undefined ? {} : { comment }, mark)
    const wish = wanted.find(one => one.user === user)
    if (holding.is === 'former') {
      // Its mark cannot be changed, so that it is made anew under the present one.
      const { former, key } = holding
      if (key !== desired.adopted || !mayMake) return []
      return [{ do: 'proxmox.deleteUser', cluster, user, mark: { ...mark, ...former } }]
    }
    if (holding.is !== 'own') return []
    const isLost = mayMake && wish !== undefined && secrets?.has(names.proxmoxUserSecret(wish.name)) === false
    return wish === undefined || isLost ? [{ do: 'proxmox.deleteUser', cluster, user, mark }] : []
  })
}

/** Rights of users that carry its mark and stay, which nobody asks for. */
function revokeSteps(place: SlicePlace, wanted: readonly WantedUser[], gone: ReadonlySet<string>): ProxmoxStep[] {
  const { cluster, view, mark } = place
  const path = poolPath(place)
  return view.grants
    .filter(grant => grant.path === path && !gone.has(grant.user) && holdingOfUser(place, grant.user).is === 'own')
    .filter(({ user, role }) => !wanted.some(wish => wish.user === user && wish.role === role))
    .map(({ user, role }): ProxmoxStep => ({ do: 'proxmox.revoke', cluster, path, user, role, mark }))
}

function createStep(place: SlicePlace, { tenant }: DesiredSlice, { name, user }: WantedUser): Step {
  const { cluster, spec } = place
  // The tag is told by the pool.
  const { vlan: _, ...mark } = place.mark
  const password = {
    namespace: names.namespaceName(tenant.name),
    name: names.proxmoxUserSecret(name),
    key: names.ADMIN_PASSWORD_KEY,
  }
  return { do: 'proxmox.createUser', cluster, user, group: spec.access.userGroup, mark, password }
}

/** To users that were seen with its mark alone: one that is to be made in this pass may turn out to be somebody else's. */
function grantSteps(place: SlicePlace, wanted: readonly WantedUser[]): Step[] {
  const { cluster, mark } = place
  return wanted
    .filter(({ user }) => holdingOfUser(place, user).is === 'own')
    .filter(wish => !hasGrant(place, wish))
    .map(({ user, role }): Step => ({ do: 'proxmox.grant', cluster, path: poolPath(place), user, role, mark }))
}

export function hasGrant(place: SlicePlace, { user, role }: WantedUser): boolean {
  const path = poolPath(place)
  return place.view.grants.some(
    grant => grant.path === path && grant.user === user && grant.role === role && grant.propagate,
  )
}

function passwordOf({ tenant }: DesiredSlice, { name, user }: WantedUser): SecretTemplate {
  const metadata = {
    name: names.proxmoxUserSecret(name),
    namespace: names.namespaceName(tenant.name),
    labels: ownershipLabels(tenant),
  }
  return {
    object: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' },
    plain: { [names.ADMIN_USERNAME_KEY]: user },
    randomBytes: { [names.ADMIN_PASSWORD_KEY]: 24 },
  }
}
