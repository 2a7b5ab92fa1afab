/** Guests that were given up half made: told at once, kept in the status until their ids are free, and told again at the end. */
import { halfMadeText } from '../plan/machine-making.ts'
import type { MachineFacts } from '../plan/machine-status.ts'
import type { GuestRef } from '../plan/machine-step.ts'
import type { KubeObject } from '../plan/object.ts'
import type { MachinePorts } from './machine-ports.ts'

const MOST = 8

type Place = Pick<GuestRef, 'vmid' | 'node'> & { readonly template?: { readonly nodes: readonly string[] } }

export function tellHalfMade(
  { recordEvent }: Pick<MachinePorts, 'recordEvent'>,
  object: KubeObject,
  facts: MachineFacts,
) {
  const { halfMade = [], type = 'qemu' } = facts
  for (const guest of halfMade) {
    recordEvent(object, { type: 'Warning', reason: 'HalfMade', message: halfMadeText({ ...guest, type }) })
  }
}

export function withHalfMade(facts: MachineFacts, { vmid, node: target, template }: Place): MachineFacts {
  const others = (facts.halfMade ?? []).filter(known => known.vmid !== vmid)
  // A clone comes to its node at the end only, and before it is where its template is.
  const [source, ...further] = template?.nodes ?? []
  const node = source === undefined || further.length > 0 ? target : source
  return { ...facts, halfMade: [...others, { vmid, node }].slice(-MOST) }
}

/** Without those that somebody has cleared away. */
export async function stillHalfMade(
  { looks }: Pick<MachinePorts, 'looks'>,
  cluster: string,
  facts: MachineFacts,
): Promise<MachineFacts> {
  const { halfMade = [], ...rest } = facts
  const free = await Promise.all(halfMade.map(({ vmid }) => looks.isFree(cluster, vmid)))
  const left = halfMade.filter((_, index) => free[index] !== true)
  return left.length === 0 ? rest : { ...rest, halfMade: left }
}
