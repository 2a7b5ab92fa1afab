/** What is left in Proxmox VE of a tenant that goes, by the marks on it, and how that is taken away, with a lease or without. Pure. */
import { abandonHint, type LeavingSlice, type Place, type SliceTeardown } from './leaving-slice.ts'
import { formerSelfProblem, type Mark, ownershipOf, parseMark } from './proxmox-mark.ts'
import { holdingIn } from './proxmox-pool.ts'
import type { ProxmoxLook, ProxmoxProblem, ProxmoxView } from './proxmox-view.ts'
import type { TenantIdentity } from './release.ts'
import type { Step } from './step.ts'

/** There is nothing to remember by what was given up there. */
export function leaselessOf({
  leases,
  places = [],
  isGivenUp,
}: Pick<LeavingSlice, 'leases' | 'places' | 'isGivenUp'>): Place[] {
  return isGivenUp ? [] : places.filter(({ cluster }) => !leases.some(({ spec }) => spec.cluster === cluster))
}

/** Of one whose lease was lost: what is seen of it goes, and where something was, nobody takes what is not seen for gone. */
export function leaselessWave(
  tenant: TenantIdentity,
  { cluster, was }: Place,
  slice: LeavingSlice,
): SliceTeardown | undefined {
  const look = slice.looks.get(cluster)
  if (look === undefined) return lookedAtLater(cluster)
  const wave = lookedWave(tenant, { cluster, look }, slice)
  if (wave !== undefined && (wave.stages.length > 0 || was === 'there')) return wave
  if (look.found === 'unknown') return undefined
  const progress = `Waiting until its lease on cluster ${cluster} is made again.`
  return hasVnet(look, { installation: slice.installation, tenant }) ? { stages: [], progress } : undefined
}

function hasVnet({ spec: { network }, view }: Extract<ProxmoxLook, { found: 'view' }>, own: Owner): boolean {
  return view.vnets.some(({ zone, tag, alias, state }) => {
    const isKept = zone === network.zone && tag !== undefined && state !== 'deleted'
    return isKept && ownershipOf(alias, own) === 'own'
  })
}

/**
 * Clusters on which nothing is left but what a lease, which does not go before it, takes care of. Nobody has to remember them:
 * once that lease has come free, a cluster that does not answer, or was taken off, is in nobody's way.
 */
export function clustersLeft(tenant: TenantIdentity, slice: LeavingSlice): string[] {
  const released = slice.leases.flatMap(({ spec, status }) => (status?.releasedAt === undefined ? [] : [spec.cluster]))
  const isLeased = (cluster: string) => slice.leases.some(({ spec }) => spec.cluster === cluster)
  const empty = [...slice.looks].flatMap(([cluster, look]) => {
    if (look.found === 'unknown' || lookedWave(tenant, { cluster, look }, slice) !== undefined) return []
    return isLeased(cluster) || !hasVnet(look, { installation: slice.installation, tenant }) ? [cluster] : []
  })
  return [...released, ...empty]
}

export function lookedAtLater(cluster: string): SliceTeardown {
  return { stages: [], progress: `Cluster ${cluster} is looked at when the release is gone.` }
}

/** Users, then the pool, then what stands in the way of knowing that nothing is left; undefined where nothing is. */
export function lookedWave(
  tenant: TenantIdentity,
  { cluster, look }: { readonly cluster: string; readonly look: ProxmoxLook },
  { installation, adopted }: LeavingSlice,
): SliceTeardown | undefined {
  const unseen = ({ reason, message }: ProxmoxProblem): SliceTeardown => ({
    stages: [],
    progress: `Looking for what is left on cluster ${cluster}.`,
    obstacle: { reason, message: `${message} ${abandonHint(tenant)}` },
  })
  if (look.found === 'unknown') return unseen(look.problem)
  const mark = { installation, tenant }
  const users = look.view.users.flatMap(found => ownedAs(found, mark, adopted))
  if (users.length > 0) {
    const steps = users.map(({ user, mark }): Step => ({ do: 'proxmox.deleteUser', cluster, user, mark }))
    const told = users.map(({ user }) => user).sort()
    return { stages: [{ name: 'Users', steps }], progress: `Deleting users ${told.join(', ')}.` }
  }
  const pools = look.view.pools.flatMap(found => ownedAs(found, mark, adopted))
  if (pools.length > 0) {
    const steps = pools.map(({ pool, mark }): Step => ({ do: 'proxmox.deletePool', cluster, pool, mark }))
    return { stages: [{ name: 'Pool', steps }], progress: `Deleting pool ${pools.map(({ pool }) => pool).join(', ')}.` }
  }
  const estranged = estrangedProblem(look.view, mark, cluster)
  const obstacle = estranged ?? look.blind
  return obstacle && unseen(obstacle)
}

type Owner = Pick<Mark, 'installation' | 'tenant'>

/** With the mark that it carries: its own, or that of a former self that was adopted. */
export function ownedAs<T extends { readonly comment?: string }>(
  found: T,
  own: Owner,
  adopted: string | undefined,
): (T & { readonly mark: Owner })[] {
  const holding = holdingIn(found, own)
  if (holding.is === 'own') return [{ ...found, mark: own }]
  return holding.is === 'former' && holding.key === adopted ? [{ ...found, mark: holding.former }] : []
}

/** What this very tenant has there under another id of the installation: nobody would find it again. */
function estrangedProblem({ users, pools }: ProxmoxView, own: Owner, cluster: string): ProxmoxProblem | undefined {
  const named = [
    ...users.map(({ user, comment }) => ({ what: `User ${user}`, comment })),
    ...pools.map(({ pool, comment }) => ({ what: `Pool ${pool}`, comment })),
  ]
  const problems = named.flatMap(({ what, comment }) => {
    const mark = parseMark(comment)
    const isEstranged = mark?.tenant.uid === own.tenant.uid && ownershipOf(comment, own) === 'former'
    return isEstranged ? [formerSelfProblem(`${what} of cluster ${cluster}`, mark, own)] : []
  })
  return problems[0]
}
