/**
 * Whether what a node of a cluster says goes for all of it. One that is cut off from most others does not hear of what is made or
 * taken away there, and changes nothing itself. Pure.
 */
import type { ProxmoxProblem } from './proxmox-view.ts'

export interface Membership {
  readonly nodes: readonly { readonly name: string; readonly online: boolean }[]
  /** Absent where the token may not ask: then half of the nodes are no majority of the votes, which is so in most clusters. */
  readonly quorate?: boolean | undefined
}

/** Undefined where nothing speaks against it. */
export function quorumProblem({ nodes, quorate }: Membership): ProxmoxProblem | undefined {
  const away = nodes.filter(({ online }) => !online).map(({ name }) => name)
  const offline = away.length === 0 ? 'Some of its nodes are away.' : `Away: ${[...away].sort().join(', ')}.`
  if (quorate === false) {
    return { reason: 'NoQuorum', message: `The cluster has no quorum, so that it can change nothing. ${offline}` }
  }
  if (quorate === true || away.length * 2 < nodes.length) return undefined
  return { reason: 'NodesOffline', message: `Half of the nodes or more are away, likely without quorum. ${offline}` }
}
