/** Every route there is. */

import { accountRoutes } from '../access/account-routes.ts'
import { aclRoutes } from '../access/acl-routes.ts'
import { groupRoutes } from '../access/group-routes.ts'
import { roleRoutes } from '../access/role-routes.ts'
import { tokenRoutes } from '../access/token-routes.ts'
import { userRoutes } from '../access/user-routes.ts'
import { datacenterRoutes } from '../cluster/datacenter-options.ts'
import { clusterRoutes } from '../cluster/routes.ts'
import { consoleRoutes } from '../guests/console-routes.ts'
import { nodeRoutes } from '../nodes/routes.ts'
import { rrdRoutes } from '../nodes/rrd-routes.ts'
import { poolRoutes } from '../pools/routes.ts'
import { cloudInitRoutes } from '../qemu/cloudinit-routes.ts'
import { qemuDiskRoutes } from '../qemu/disk-routes.ts'
import { qemuRoutes } from '../qemu/machine-routes.ts'
import { qemuMigrateRoutes } from '../qemu/migrate-routes.ts'
import { qemuPowerRoutes } from '../qemu/power-routes.ts'
import { qemuSnapshotRoutes } from '../qemu/snapshot-routes.ts'
import { sdnCommitRoutes } from '../sdn/commit-routes.ts'
import { subnetRoutes } from '../sdn/subnet-routes.ts'
import { vnetRoutes } from '../sdn/vnet-routes.ts'
import { zoneRoutes } from '../sdn/zone-routes.ts'
import { storageConfigRoutes } from '../storage/config-routes.ts'
import { storageContentRoutes } from '../storage/content-routes.ts'
import { volumeRoutes } from '../storage/volume-routes.ts'
import { taskRoutes } from '../tasks/routes.ts'
import { compileRoutes } from './match.ts'
import type { Route } from './route.ts'

const all: readonly Route[] = [
  ...accountRoutes,
  ...userRoutes,
  ...tokenRoutes,
  ...groupRoutes,
  ...roleRoutes,
  ...aclRoutes,
  ...poolRoutes,
  ...clusterRoutes,
  ...datacenterRoutes,
  ...taskRoutes,
  ...qemuRoutes,
  ...qemuPowerRoutes,
  ...qemuSnapshotRoutes,
  ...qemuDiskRoutes,
  ...qemuMigrateRoutes,
  ...cloudInitRoutes,
  ...consoleRoutes,
  ...rrdRoutes,
  ...nodeRoutes,
  ...zoneRoutes,
  ...vnetRoutes,
  ...subnetRoutes,
  ...sdnCommitRoutes,
  ...storageConfigRoutes,
  ...storageContentRoutes,
  ...volumeRoutes,
]

export const routes = compileRoutes(all)
