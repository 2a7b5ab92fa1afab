/**
 * Which shard a tenant belongs to, and what a replica does next about the Leases of the shards. Pure.
 *
 *   others count otherwise and work ─▶ stand by, until none of them holds a shard; then agree on the own count
 *   agreed                          ─▶ give what somebody with two fewer asks for · take what is free · ask who has two more
 *
 * Giving and asking only where that evens things out: each move makes the difference smaller, so that they come to an end.
 */
import { digestOf } from './digest.ts'

/**
 * By name, not uid: a tenant that is made anew under the name of another has its namespace and its release, so that one
 * and the same replica has to be at work on both.
 */
export function shardOf(name: string, count: number): number {
  // Asked at every event.
  if (count === 1) return 0
  return Number.parseInt(digestOf(name).slice(0, 8), 16) % count
}

/** The Lease of one shard, as it was found. */
export interface FoundShard {
  readonly shard: number
  readonly count: number
  /** Empty where nobody holds it, or its holder let it run out. */
  readonly holder: string
  /** Another replica asks for it. */
  readonly askedBy?: string
  /** The one that asks has not come for it in time. */
  readonly isAskOld: boolean
}

export interface ShardView {
  readonly identity: string
  /** As this replica is told to count. */
  readonly count: number
  /** As all replicas agreed to; absent while they have not. */
  readonly agreed?: { readonly count: number; readonly isRecent: boolean }
  readonly shards: readonly FoundShard[]
}

export type ShardMove =
  | { readonly do: 'agree' }
  | { readonly do: 'take'; readonly shards: readonly number[] }
  | { readonly do: 'give' | 'ask'; readonly shard: number }
  /** `why`: something is in the way; else all is as it should be. */
  | { readonly do: 'nothing'; readonly why?: string }

export function planShardMove(view: ShardView): ShardMove {
  const { count, agreed, shards } = view
  const others = shards.find(shard => shard.count !== count && shard.holder !== '')
  if (others !== undefined) {
    return {
      do: 'nothing',
      why: `replicas with --shards=${others.count} are at work, and this one has --shards=${count}`,
    }
  }
  if (agreed?.count !== count) {
    if (agreed?.isRecent) return { do: 'nothing', why: `replicas have just agreed on --shards=${agreed.count}` }
    return { do: 'agree' }
  }
  return planAmongEqual(view)
}

function planAmongEqual({ identity, count, shards }: ShardView): ShardMove {
  const known = Array.from({ length: count }, (_, index) => shardAt(shards, index, count))
  const heldBy = (replica: string) => known.filter(({ holder }) => holder === replica)
  const mine = heldBy(identity)
  const asked = mine.find(({ askedBy }) => askedBy !== undefined && isEvening(mine.length, heldBy(askedBy).length))
  if (asked !== undefined) return { do: 'give', shard: asked.shard }
  const free = heldBy('').filter(({ askedBy, isAskOld }) => askedBy === undefined || askedBy === identity || isAskOld)
  if (free.length > 0) return { do: 'take', shards: free.map(({ shard }) => shard) }
  const richest = richestOf(known)
  if (!isEvening(richest.length, mine.length) || richest.some(({ askedBy }) => askedBy === identity)) {
    return { do: 'nothing' }
  }
  const wanted = richest.findLast(({ askedBy }) => askedBy === undefined)
  return wanted === undefined ? { do: 'nothing' } : { do: 'ask', shard: wanted.shard }
}

/** One shard that goes from the one to the other leaves them nearer to each other. */
function isEvening(from: number, to: number): boolean {
  return from - to >= 2
}

function richestOf(known: readonly FoundShard[]): FoundShard[] {
  const held = Map.groupBy(
    known.filter(({ holder }) => holder !== ''),
    ({ holder }) => holder,
  )
  return [...held.values()].reduce((most, shards) => (shards.length > most.length ? shards : most), [])
}

function shardAt(shards: readonly FoundShard[], shard: number, count: number): FoundShard {
  const found = shards.find(other => other.shard === shard && other.count === count)
  return found ?? { shard, count, holder: '', isAskOld: false }
}
