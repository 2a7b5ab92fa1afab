/** Writes what a TenantMachine says of its guest, only onto the very version that the pass has read, and its finalizer. */
import { isDeepStrictEqual } from 'node:util'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import type { Kube } from '../kube/client.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import * as names from '../plan/names.ts'
import { type KubeObject, refOf } from '../plan/object.ts'

/** Somebody else wrote it meanwhile, or a watch is behind: the pass has to begin anew. */
export class MachineChanged extends Error {
  override readonly name = 'MachineChanged'
}

export interface MachineWriter {
  /** Gives the object as it is now. @throws MachineChanged */
  writeStatus(machine: KubeObject, status: TenantMachineStatus): Promise<KubeObject>
  /** @throws MachineChanged */
  setFinalizer(machine: KubeObject, present: boolean): Promise<KubeObject>
  /** That it is what the pass has read, as the API server itself has it. @throws MachineChanged */
  confirm(machine: KubeObject): Promise<void>
}

export function createMachineWriter(kube: Pick<Kube, 'get' | 'apply' | 'patch'>): MachineWriter {
  const changed = async (work: Promise<KubeObject>): Promise<KubeObject> => {
    try {
      return await work
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) throw new MachineChanged('it was changed meanwhile')
      throw error
    }
  }
  return {
    async writeStatus(machine, status) {
      if (isDeepStrictEqual(machine.status, status)) return machine
      const { name, namespace = '', uid, resourceVersion } = machine.metadata
      const metadata = { name, namespace, ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
      const object = { apiVersion: names.API_VERSION, kind: 'TenantMachine', metadata, status }
      return changed(kube.apply(object, { manager: names.FIELD_MANAGER, force: true, subresource: 'status' }))
    },
    setFinalizer(machine, present) {
      const { resourceVersion, finalizers = [] } = machine.metadata
      const others = finalizers.filter(finalizer => finalizer !== names.MACHINE_FINALIZER)
      const metadata = { resourceVersion, finalizers: present ? [...others, names.MACHINE_FINALIZER] : others }
      return changed(kube.patch(refOf(machine), { metadata }, { manager: names.FIELD_MANAGER }))
    },
    async confirm(machine) {
      const found = await kube.get(refOf(machine))
      const { uid, resourceVersion } = machine.metadata
      if (found?.metadata.uid === uid && found?.metadata.resourceVersion === resourceVersion) return
      throw new MachineChanged('a watch is behind')
    },
  }
}
