/** Every request that this operator makes of Proxmox VE, and no other. */
import type { Route } from './route.ts'
import { access, pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'
import { sdn } from './routes/sdn.ts'
import { task } from './routes/task.ts'

export const ROUTES: Readonly<Record<string, Route>> = Object.fromEntries(
  Object.entries({ cluster, qemu, lxc, pool, access, sdn, task }).flatMap(([room, routes]) =>
    Object.entries(routes as Readonly<Record<string, Route>>).map(([name, route]) => [`${room}.${name}`, route]),
  ),
)
