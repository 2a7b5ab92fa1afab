/** Moving a machine to another node; only while it is off. */

import { holds } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, isOn, number, type Route } from '../api/route.ts'
import { editGuest, guestOf, loadGuest, mustBeUnlocked } from '../guests/config.ts'
import { migrationTarget } from '../nodes/existence.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { cidr, nodeName } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional } from '../schema/property.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Guest, Row } from '../state.ts'
import { splitVolumeId } from '../storage/volumes.ts'
import { startTask } from '../tasks/worker.ts'
import { refuseRootOptions } from './checks.ts'
import { disksOf } from './snapshot-routes.ts'

const path = '/nodes/{node}/qemu/{vmid}/migrate'
const may = holds('/vms/{vmid}', 'VM.Migrate')
const target = formatted(nodeName)

export const qemuMigrateRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node, vmid, ...optional({ target }) }, may, run: precondition },
  {
    method: 'POST',
    path,
    params: {
      node,
      vmid,
      target,
      ...optional({
        bwlimit: integer(0),
        force: flag(),
        migration_network: formatted(cidr),
        migration_type: oneOf('secure', 'insecure'),
        online: flag(),
        targetstorage: listOf(() => {}),
        'with-conntrack-state': flag(),
        'with-local-disks': flag(),
      }),
    },
    may,
    run: migrate,
  },
]

const localDisks = ({ sim }: Call, guest: Guest) =>
  disksOf(guest.config).filter(volid => !sim.state.storages[splitVolumeId(volid)?.storage ?? '']?.shared)

function precondition(call: Call): Row {
  mustHaveQuorum(call.sim)
  const guest = guestOf(call, 'qemu')
  mustBeUnlocked(guest)
  const sizes = new Map(call.sim.state.volumes.map(({ volid, size }) => [volid, size]))
  return {
    running: guest.running === undefined ? 0 : 1,
    allowed_nodes: call.sim.state.nodes.map(each => each.node).filter(name => name !== call.node),
    not_allowed_nodes: {},
    local_disks: localDisks(call, guest).map(volid => ({ volid, cdrom: 0, is_unused: 0, size: sizes.get(volid) ?? 0 })),
    local_resources: [],
    'mapped-resources': [],
    'mapped-resource-info': {},
    'has-dbus-vmstate': 1,
  }
}

function migrate(call: Call): string {
  const { sim } = call
  const to = migrationTarget(call)
  refuseRootOptions(call, ['force', 'migration_type', 'migration_network'])
  const guest = guestOf(call, 'qemu')
  mustBeUnlocked(guest)
  if (guest.running !== undefined && !isOn(call, 'online')) throw failure(`can't migrate running VM without --online`)
  const id = number(call, 'vmid')
  return startTask(sim, {
    node: call.node,
    type: 'qmigrate',
    id: String(id),
    user: call.authid,
    run: () => {
      const now = loadGuest(sim, 'qemu', call.node, id)
      mustBeUnlocked(now)
      const local = localDisks(call, now)
      for (const volume of sim.state.volumes) {
        if (local.includes(volume.volid) && volume.node === call.node) volume.node = to
      }
      editGuest(sim, now, copy => {
        copy.node = to
      })
    },
  })
}
