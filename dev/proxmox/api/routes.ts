/** Every route there is. */

import { accountRoutes } from '../access/account-routes.ts'
import { aclRoutes } from '../access/acl-routes.ts'
import { groupRoutes } from '../access/group-routes.ts'
import { roleRoutes } from '../access/role-routes.ts'
import { tokenRoutes } from '../access/token-routes.ts'
import { userRoutes } from '../access/user-routes.ts'
import { dumpRoutes } from '../backup/dump.ts'
import { backupJobRoutes } from '../backup/job-routes.ts'
import { datacenterRoutes } from '../cluster/datacenter-options.ts'
import { clusterRoutes } from '../cluster/routes.ts'
import { aliasRoutes } from '../firewall/alias-routes.ts'
import { securityGroupRoutes } from '../firewall/group-routes.ts'
import { ipsetRoutes } from '../firewall/ipset-routes.ts'
import { firewallOptionRoutes } from '../firewall/option-routes.ts'
import { firewallRuleRoutes } from '../firewall/rule-routes.ts'
import { consoleRoutes } from '../guests/console-routes.ts'
import { lxcCopyRoutes } from '../lxc/copy-routes.ts'
import { lxcPowerRoutes } from '../lxc/power.ts'
import { lxcRoutes } from '../lxc/routes.ts'
import { lxcSnapshotRoutes } from '../lxc/snapshot-routes.ts'
import { nodeRoutes } from '../nodes/routes.ts'
import { rrdRoutes } from '../nodes/rrd-routes.ts'
import { poolRoutes } from '../pools/routes.ts'
import { cloudInitRoutes } from '../qemu/cloudinit-routes.ts'
import { qemuDiskRoutes } from '../qemu/disk-routes.ts'
import { qemuRoutes } from '../qemu/machine-routes.ts'
import { qemuMigrateRoutes } from '../qemu/migrate-routes.ts'
import { monitorRoutes } from '../qemu/monitor-routes.ts'
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
  ...firewallOptionRoutes,
  ...firewallRuleRoutes,
  ...securityGroupRoutes,
  ...ipsetRoutes,
  ...aliasRoutes,
  ...lxcRoutes,
  ...lxcPowerRoutes,
  ...lxcCopyRoutes,
  ...lxcSnapshotRoutes,
  ...monitorRoutes,
  ...dumpRoutes,
  ...backupJobRoutes,
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
