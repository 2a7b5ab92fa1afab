/** Asks the node that answers whether it speaks for the whole cluster. */
import { quorumProblem } from '../plan/proxmox-quorum.ts'
import type { Proxmox } from './client.ts'
import { isForbidden, ProxmoxError } from './errors.ts'
import { cluster } from './routes/cluster.ts'

/** Undefined where the token may not ask. A single server always has it. */
export async function observeQuorum(proxmox: Proxmox): Promise<boolean | undefined> {
  try {
    const rows = await proxmox.call(cluster.getStatus, {})
    const whole = rows.find(({ type }) => type === 'cluster')
    return whole === undefined ? true : whole.quorate
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

/** Before something is taken for absent. Throws a ProxmoxError where a part of the cluster may know better. */
export async function mustSpeakForAll(proxmox: Proxmox, what: string): Promise<void> {
  const [found, quorate] = await Promise.all([proxmox.call(cluster.listNodes, {}), observeQuorum(proxmox)])
  const nodes = found.map(({ node, status }) => ({ name: node, online: status === 'online' }))
  const problem = quorumProblem({ nodes, quorate })
  if (problem !== undefined) throw new ProxmoxError({ kind: 'noQuorum', what, why: problem.message, status: 0 })
}
