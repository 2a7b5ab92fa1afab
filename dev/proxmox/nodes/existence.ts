import { failure, invalid } from '../api/api-error.ts'
import { type Call, param } from '../api/route.ts'
import { mustHaveQuorum, type Simulation } from '../simulation.ts'

/** Whether it is on does not matter. */
export function mustExistInCluster({ state }: Simulation, name: string): void {
  if (!state.nodes.some(({ node }) => node === name)) throw failure(`no such cluster node '${name}'`)
}

/** The node that a guest is to move to: another one than that of the call. */
export function migrationTarget(call: Call): string {
  const target = param(call, 'target')
  if (target === call.node) throw invalid({ target: 'target is local node.' })
  mustHaveQuorum(call.sim)
  mustExistInCluster(call.sim, target)
  return target
}
