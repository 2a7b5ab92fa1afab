/** Which id a machine gets. Pure. */
import { digestOf } from './digest.ts'

export interface VmidWish {
  readonly tenantUid: string
  readonly name: string
  /** The id that it had, and that turned out to be somebody else's. */
  readonly lost?: number | undefined
}

/**
 * The first free one, going round the range from where a hash of the machine points. Proxmox VE reserves nothing: of two clones
 * to one id, both are taken on, and one fails minutes later in its task. So replicas that do not know of each other's choices
 * should not all choose the lowest one. Behind the lost one, where there is one, since who has it may be invisible.
 */
export function chooseVmid(
  { tenantUid, name, lost }: VmidWish,
  { first, last }: { readonly first: number; readonly last: number },
  taken: ReadonlySet<number>,
): number | undefined {
  const count = last - first + 1
  const isLostHere = lost !== undefined && lost >= first && lost <= last
  const start = isLostHere ? lost - first + 1 : Number.parseInt(digestOf([tenantUid, name]).slice(0, 12), 16)
  for (let step = 0; step < count; step += 1) {
    const vmid = first + ((start + step) % count)
    if (!taken.has(vmid)) return vmid
  }
  return undefined
}
