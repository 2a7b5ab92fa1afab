/** Who may use a volume, and a storage. */

import { mayHold, mustHold, mustHoldAny } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { parseVolumeId, splitVolumeId } from './volumes.ts'

export const mustAllocateSpace = (call: Call, storage: string) =>
  mustHold(call, `/storage/${storage}`, ['Datastore.AllocateSpace'])

/** `kind`: what it must be a volume of. */
export function mustAccessVolume(call: Call, vmid: number | undefined, volid: string, kind?: string): void {
  if (splitVolumeId(volid) === undefined) {
    if (call.authid !== 'root@pam') throw failure('Only root can pass arbitrary filesystem paths.')
    return
  }
  const volume = parseVolumeId(call.sim.state, volid)
  if (kind !== undefined && volume.kind !== kind && !(kind === 'rootdir' && volume.kind === 'images')) {
    throw failure(`unable to use volume ${volid} - content type needs to be '${kind}'`)
  }
  const path = `/storage/${volume.storage}`
  if (mayHold(call, path, 'Datastore.Allocate')) return
  if (['iso', 'vztmpl', 'import'].includes(volume.kind)) {
    mustHoldAny(call, path, ['Datastore.AllocateSpace', 'Datastore.Audit'])
  } else if (volume.vmid !== undefined && volume.vmid === vmid) return
  else if (volume.kind === 'backup' && volume.vmid !== undefined) {
    mustHold(call, path, ['Datastore.AllocateSpace'])
    mustHold(call, `/vms/${volume.vmid}`, ['VM.Backup'])
  } else if (volume.kind === 'images') {
    mustHold(call, path, ['Datastore.Audit'])
    mustHold(call, `/vms/${volume.vmid}`, ['VM.Config.Disk'])
  } else throw failure(`missing privileges to access ${volid}`)
}
