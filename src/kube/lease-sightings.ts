/** What this process has seen of the Leases, and for how long. Times of other machines are never compared with ours. */
import { isDeepStrictEqual } from 'node:util'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { FoundShard, ShardView } from '../plan/shard.ts'
import { askerOf, durationMsOf, holderOf } from './lease.ts'
import { agreementOf } from './shard-agreement.ts'

export const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const

export interface LeaseSighting {
  readonly lease: KubeObject
  /**
   * For how long at least, on our monotonic clock, it has said what it says. A holder that lives writes into it more often;
   * what others put on it, such as a label, says nothing.
   */
  readonly unchangedMs: number
}

export interface LeaseSightings {
  /** All Leases of the operator's namespace. */
  saw(leases: readonly KubeObject[], at: { readonly askedMs: number; readonly answeredMs: number }): void
  of(name: string): LeaseSighting | undefined
  view(count: number, held: readonly number[]): ShardView
  /** Until the first Lease that another holds will have run out if nothing more is heard of it. */
  nextExpiryMs(): number
}

interface Seen {
  readonly lease: KubeObject
  readonly sinceMs: number
  /** It was otherwise, or was not there, when this process looked before. */
  readonly isChange: boolean
}

export function createLeaseSightings({
  identity,
  leaseDurationMs,
}: {
  identity: string
  leaseDurationMs: number
}): LeaseSightings {
  let seen: ReadonlyMap<string, Seen> | undefined
  let lookedMs = 0

  const sightingOf = ({ lease, sinceMs }: Seen): LeaseSighting => ({ lease, unchangedMs: lookedMs - sinceMs })
  const of = (name: string) => {
    const found = seen?.get(name)
    return found === undefined ? undefined : sightingOf(found)
  }
  const all = () => [...(seen?.values() ?? [])].map(sightingOf)
  const agreement = (): Pick<ShardView, 'agreed'> => {
    const found = seen?.get(names.SHARD_COUNT_LEASE)
    const agreed = agreementOf(found?.lease)
    if (found === undefined || agreed === undefined) return {}
    return { agreed: { count: agreed.count, isRecent: found.isChange && lookedMs - found.sinceMs < leaseDurationMs } }
  }

  return {
    saw(leases, { askedMs, answeredMs }) {
      const before = seen
      seen = new Map(
        leases.map(lease => {
          const { name } = lease.metadata
          const known = before?.get(name)
          const isSame = known !== undefined && isDeepStrictEqual(wordsOf(known.lease), wordsOf(lease))
          return [name, isSame ? { ...known, lease } : { lease, sinceMs: answeredMs, isChange: before !== undefined }]
        }),
      )
      // What was read may be as old as the question.
      lookedMs = askedMs
    },
    of,
    view(count, held) {
      const shards = all().flatMap((sighting): FoundShard[] => {
        const id = names.parseShardLeaseName(sighting.lease.metadata.name)
        if (id === undefined) return []
        const askedBy = askerOf(sighting.lease)
        const isAskOld = sighting.unchangedMs >= leaseDurationMs
        const isMine = id.count === count && held.includes(id.shard)
        const holder = isMine ? identity : otherHolder(sighting)
        return [{ ...id, holder, isAskOld, ...(askedBy === undefined ? {} : { askedBy }) }]
      })
      return { identity, count, shards, ...agreement() }
    },
    nextExpiryMs() {
      const left = all()
        .filter(sighting => otherHolder(sighting) !== '')
        .map(({ lease, unchangedMs }) => durationMsOf(lease, leaseDurationMs) - unchangedMs)
      return Math.min(...left)
    },
  }

  /** Who lives, as far as can be seen. What we took without hearing so is as good as free. */
  function otherHolder({ lease, unchangedMs }: LeaseSighting): string {
    const holder = holderOf(lease)
    return holder === identity || unchangedMs >= durationMsOf(lease, leaseDurationMs) ? '' : holder
  }
}

/** Each renewal, taking and giving changes the time in it, or the holder. */
function wordsOf(lease: KubeObject): unknown {
  return [lease.metadata.uid, lease.spec, askerOf(lease), agreementOf(lease)]
}
