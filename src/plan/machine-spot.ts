/** The node and the storage of a new machine, chosen together from what is allowed and free. Pure. */
import { type Demand, type NoSpot, nodeDemands, type SpotWish, storageDemands } from './machine-demands.ts'
import { freeMemory, freeStorage, type Surroundings } from './machine-room.ts'

export type Spot = { readonly choice: 'spot'; readonly node: string; readonly storage: string } | NoSpot

/** The node with the largest share of its memory free, then the storage with the largest share free; ties by name. */
export function chooseSpot(wish: SpotWish, around: Surroundings): Spot {
  const { nodes, storages } = around.view
  const onNodes = narrowed(nodes, nodeDemands(wish, around))
  if (onNodes.problem) return onNodes.problem
  const rows = storages.flatMap(row =>
    onNodes.left.filter(({ name }) => name === row.node).map(node => ({ node, row })),
  )
  const onStorages = narrowed(rows, storageDemands(wish, around))
  if (onStorages.problem) return onStorages.problem
  const [best] = onStorages.left
    .map(({ node, row }) => ({
      memory: share(freeMemory(node, around), node.memory),
      disk: share(freeStorage(row, around), row.size),
      node: node.name,
      storage: row.storage,
    }))
    .sort(
      (a, b) => b.memory - a.memory || b.disk - a.disk || compared(a.node, b.node) || compared(a.storage, b.storage),
    )
  if (best === undefined) throw new Error('nothing was left over, and no demand said so')
  return { choice: 'spot', node: best.node, storage: best.storage }
}

type Narrowed<T> = { readonly left: readonly T[]; readonly problem?: undefined } | { readonly problem: NoSpot }

/** The first demand that leaves nothing over is the one that is told. */
function narrowed<T>(all: readonly T[], demands: readonly Demand<T>[]): Narrowed<T> {
  let left = all
  for (const { holds, otherwise } of demands) {
    left = left.filter(holds)
    if (left.length === 0) return { problem: otherwise }
  }
  return { left }
}

/** Where nobody could say, it is the last choice. */
function share(free: number | undefined, whole: number | undefined): number {
  return free === undefined || whole === undefined || whole === 0 ? -1 : free / whole
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
