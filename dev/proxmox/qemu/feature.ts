/** What can be done with a volume on a directory, by its format. */

import type { State } from '../state.ts'
import { parseVolumeId } from '../storage/volumes.ts'

export type Feature = 'snapshot' | 'clone' | 'template' | 'copy'

const able: Readonly<Record<Feature, Readonly<Record<'base' | 'current' | 'snap', readonly string[]>>>> = {
  snapshot: { base: [], current: ['qcow2'], snap: ['qcow2'] },
  clone: { base: ['qcow2', 'raw', 'vmdk'], current: [], snap: [] },
  template: { base: [], current: ['qcow2', 'raw', 'vmdk', 'subvol'], snap: [] },
  copy: { base: ['qcow2', 'raw', 'vmdk'], current: ['qcow2', 'raw', 'vmdk'], snap: ['qcow2'] },
}

export function hasFeature(state: State, feature: Feature, volid: string, snapname?: string): boolean {
  const { isBase, format } = parseVolumeId(state, volid)
  return able[feature][snapname !== undefined ? 'snap' : isBase ? 'base' : 'current'].includes(format)
}
