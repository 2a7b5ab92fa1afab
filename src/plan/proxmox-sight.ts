/** Whether what a look does not find is proven to be gone: Proxmox VE leaves out what a token may not see, and does not say so. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import type { ProxmoxProblem, ProxmoxView } from './proxmox-view.ts'

/** Without these, pools and users are missing from the lists. To look at a zone without its rights is refused. */
const SHOWING: ReadonlySet<string> = new Set(['Pool.Audit', 'User.Modify'])

/** Undefined where the token sees all that it has made. What the status says may be a minute old. */
export function blindnessOf(
  { access }: Pick<ProxmoxClusterSpec, 'access'>,
  { pools }: Pick<ProxmoxView, 'pools'>,
  { missingRights = [] }: Pick<ProxmoxClusterStatus, 'missingRights'>,
): ProxmoxProblem | undefined {
  const missing = missingRights.flatMap(({ path, privileges }) =>
    privileges.filter(privilege => SHOWING.has(privilege)).map(privilege => `${privilege} on ${path}`),
  )
  const isParentSeen = pools.some(({ pool }) => pool === access.parentPool)
  if (missing.length === 0 && isParentSeen) return undefined
  const lacks = missing.length > 0 ? `lacks ${missing.join(', ')}` : `does not see pool ${access.parentPool}`
  const message = `The token ${lacks}, so that nobody knows what is left there: what it may not see is not listed.`
  return { reason: 'MissingRights', message }
}
