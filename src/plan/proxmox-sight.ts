/**
 * Whether what a look does not find is proven to be gone: Proxmox VE leaves out what a token may not see, and does not say so, and
 * a node that is cut off from the others does not know what they have. Pure.
 */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import { quorumProblem } from './proxmox-quorum.ts'
import type { ProxmoxProblem, ProxmoxView } from './proxmox-view.ts'

/** Without these, pools and users are missing from the lists. To look at a zone without its rights is refused. */
const SHOWING: ReadonlySet<string> = new Set(['Pool.Audit', 'User.Modify'])

/** Undefined where the token sees all that it has made. What the status says may be a minute old. */
export function blindnessOf(
  { access }: Pick<ProxmoxClusterSpec, 'access'>,
  { pools, nodes }: Pick<ProxmoxView, 'pools' | 'nodes'>,
  { missingRights = [], ...known }: Pick<ProxmoxClusterStatus, 'missingRights' | 'quorate' | 'nodes'>,
): ProxmoxProblem | undefined {
  const cutOff = quorumProblem({ nodes, quorate: quorateOf(nodes, known) })
  if (cutOff !== undefined) return cutOff
  const missing = missingRights.flatMap(({ path, privileges }) =>
    privileges.filter(privilege => SHOWING.has(privilege)).map(privilege => `${privilege} on ${path}`),
  )
  const isParentSeen = pools.some(({ pool }) => pool === access.parentPool)
  if (missing.length === 0 && isParentSeen) return undefined
  const lacks = missing.length > 0 ? `lacks ${missing.join(', ')}` : `does not see pool ${access.parentPool}`
  const message = `The token ${lacks}, so that nobody knows what is left there: what it may not see is not listed.`
  return { reason: 'MissingRights', message }
}

/** That the cluster has quorum counts only as long as no other node is away since that was asked. */
function quorateOf(
  nodes: ProxmoxView['nodes'],
  { quorate, nodes: known = [] }: Pick<ProxmoxClusterStatus, 'quorate' | 'nodes'>,
): boolean | undefined {
  const wasAway = (name: string) => known.some(node => node.name === name && !node.online)
  return nodes.every(({ name, online }) => online || wasAway(name)) ? quorate : undefined
}
