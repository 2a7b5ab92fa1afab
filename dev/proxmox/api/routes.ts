/** Every route there is. */

import { accountRoutes } from '../access/account-routes.ts'
import { aclRoutes } from '../access/acl-routes.ts'
import { groupRoutes } from '../access/group-routes.ts'
import { roleRoutes } from '../access/role-routes.ts'
import { tokenRoutes } from '../access/token-routes.ts'
import { userRoutes } from '../access/user-routes.ts'
import { datacenterRoutes } from '../cluster/datacenter-options.ts'
import { clusterRoutes } from '../cluster/routes.ts'
import { poolRoutes } from '../pools/routes.ts'
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
]

export const routes = compileRoutes(all)
