/** Making a virtual machine from a backup. Backups of virtual machines are not simulated. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, number } from '../api/route.ts'
import { mustAccessVolume } from '../storage/access.ts'
import { existingVolume } from '../storage/volumes.ts'
import { driveNames } from './drive-options.ts'

export function restoreMachine(call: Call): never {
  const conflict = driveNames.toSorted().find(name => given(call, name) !== undefined)
  if (conflict !== undefined) throw invalid({ [conflict]: `option conflicts with option 'archive'` })
  const archive = given(call, 'archive') ?? ''
  mustAccessVolume(call, number(call, 'vmid'), archive, 'backup')
  existingVolume(call.sim.state, archive, call.node)
  throw failure('restoring a virtual machine is not simulated')
}
