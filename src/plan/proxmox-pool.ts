/** The pool of a tenant in Proxmox VE: whose the one that is there is, and the steps to its own. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import * as names from './names.ts'
import { adoptionKey, type Mark, ownershipOf, parseMark } from './proxmox-mark.ts'
import type { ProxmoxStep } from './proxmox-step.ts'
import type { ProxmoxView } from './proxmox-view.ts'

/** Where the slice of a tenant is, and with which mark. */
export interface SlicePlace {
  readonly cluster: string
  readonly spec: ProxmoxClusterSpec
  readonly view: ProxmoxView
  readonly mark: Mark
  /** False while the cluster lacks something: only what is too much is taken away then. */
  readonly mayMake: boolean
}

export type Holding =
  | { readonly is: 'absent' }
  | { readonly is: 'foreign' }
  | { readonly is: 'own'; readonly text: string }
  /** Of an earlier tenant of this name, or of another installation; `key` is what has to be said to take it over. */
  | { readonly is: 'former'; readonly text: string; readonly former: Mark; readonly key: string }

export function holdingOf({ spec, view, mark }: Pick<SlicePlace, 'spec' | 'view' | 'mark'>): Holding {
  const name = names.poolName(spec.access.parentPool, mark.tenant.name)
  return holdingIn(
    view.pools.find(({ pool }) => pool === name),
    mark,
  )
}

/** Of anything that carries its mark in a comment. */
export function holdingIn(
  found: { readonly comment?: string } | undefined,
  mark: Pick<Mark, 'installation' | 'tenant'>,
): Holding {
  if (found === undefined) return { is: 'absent' }
  const { comment: text = '' } = found
  const is = ownershipOf(text, mark)
  const former = parseMark(text)
  if (is === 'foreign' || former === undefined) return { is: 'foreign' }
  return is === 'own' ? { is, text } : { is, text, former, key: adoptionKey(former, mark) }
}

/** One that is somebody else's is never touched; a former self's only by the word of somebody who names it. */
export function poolSteps(place: SlicePlace, adopted: string | undefined): ProxmoxStep[] {
  const { cluster, spec, mark, mayMake } = place
  const holding = holdingOf(place)
  const pool = names.poolName(spec.access.parentPool, mark.tenant.name)
  if (!mayMake || holding.is === 'foreign') return []
  if (holding.is === 'absent') return [{ do: 'proxmox.createPool', cluster, pool, mark }]
  // What a person has added to the mark stays.
  const isDue = holding.is === 'former' ? holding.key === adopted : parseMark(holding.text)?.vlan !== mark.vlan
  return isDue ? [{ do: 'proxmox.markPool', cluster, pool, mark, seen: holding.text }] : []
}
