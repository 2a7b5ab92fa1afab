/**
 * A node that is said to be online, and does not answer, is not asked again for a while: Proxmox VE itself waits half a minute
 * for it, on a connection that others wait for. Then one who asks finds out for all whether it answers again. For looks alone.
 */
import type { Clock } from '../kube/clock.ts'
import type { Proxmox } from '../proxmox/client.ts'
import { isNodeUnreachable, ProxmoxError } from '../proxmox/errors.ts'

export const NODE_REST_MS = 30_000

export interface SilentNodes {
  /** The client of this cluster, which knows of its silent nodes. */
  sparing(cluster: string, proxmox: Proxmox): Proxmox
}

export function createSilentNodes(clock: Pick<Clock, 'nowMs'>): SilentNodes {
  const silent = new Map<string, { untilMs: number; readonly error: ProxmoxError }>()
  return {
    sparing: (cluster, proxmox) => ({
      ...proxmox,
      async call(route, params) {
        const { node } = params as { readonly node?: string }
        if (node === undefined) return proxmox.call(route, params)
        const key = `${cluster}/${node}`
        const known = silent.get(key)
        if (known !== undefined && clock.nowMs() < known.untilMs) throw known.error
        // Whoever comes meanwhile does not ask as well.
        if (known !== undefined) known.untilMs = clock.nowMs() + NODE_REST_MS
        try {
          const answer = await proxmox.call(route, params)
          silent.delete(key)
          return answer
        } catch (error) {
          if (!isNodeUnreachable(error)) {
            if (!(error instanceof ProxmoxError) || error.status !== 0) silent.delete(key)
            throw error
          }
          // The same words for each guest, whoever asked.
          const { why, status } = error
          const told = new ProxmoxError({
            kind: 'nodeUnreachable',
            what: `ask node ${node}`,
            why,
            status,
            cause: error,
          })
          silent.set(key, { untilMs: clock.nowMs() + NODE_REST_MS, error: told })
          throw told
        }
      },
    }),
  }
}
