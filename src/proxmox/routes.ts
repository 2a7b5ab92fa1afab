/** Every request that this operator can make of Proxmox VE. */
import type { Route } from './route.ts'
import { access, pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'
import { sdn } from './routes/sdn.ts'
import { storage } from './routes/storage.ts'
import { task } from './routes/task.ts'

export const ROUTES: Readonly<Record<string, Route>> = Object.fromEntries(
  Object.entries({ cluster, qemu, lxc, storage, pool, access, sdn, task }).flatMap(([room, routes]) =>
    Object.entries(routes as Readonly<Record<string, Route>>).map(([name, route]) => [`${room}.${name}`, route]),
  ),
)
