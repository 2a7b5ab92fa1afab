import { failure } from '../api/api-error.ts'
import type { Simulation } from '../simulation.ts'

/** Whether it is on does not matter. */
export function mustExistInCluster({ state }: Simulation, name: string): void {
  if (!state.nodes.some(({ node }) => node === name)) throw failure(`no such cluster node '${name}'`)
}
