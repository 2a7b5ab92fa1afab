/** Pools, users, tokens, and who may do what where. */
import { z } from 'zod'
import { flag, list, maybe, maybeFlag, nothing, rows, text, whole } from '../answer-field.ts'
import { accessPath, comment, groupId, poolId, roleId, userId } from '../parameter.ts'
import { route } from '../route.ts'

const member = z.object({
  type: text,
  id: maybe(text),
  vmid: maybe(whole),
  node: maybe(text),
  storage: maybe(text),
})

export const pool = {
  /** Those that the token may see; of one, also its members, even without a right on it. */
  list: route('GET /pools', {}, rows(z.object({ poolid: text, comment: maybe(text) }))),
  /** `/pools/{id}` cannot address a pool within a pool. */
  get: route(
    'GET /pools',
    { poolid: poolId },
    z
      .array(z.object({ poolid: text, comment: maybe(text), members: rows(member) }))
      .length(1)
      .transform(([only]) => only as NonNullable<typeof only>),
  ),
  create: route('POST /pools', { poolid: poolId, comment: comment.optional() }, nothing),
  change: route('PUT /pools', { poolid: poolId, comment: comment.optional() }, nothing),
  /** Refused while it has members. */
  remove: route('DELETE /pools', { poolid: poolId }, nothing),
}

export const access = {
  /** Those of the groups that the token may look into, and its own. */
  listUsers: route(
    'GET /access/users',
    { full: z.boolean().optional() },
    rows(z.object({ userid: text, comment: maybe(text), enable: maybeFlag, groups: list })),
  ),
  createUser: route(
    'POST /access/users',
    {
      userid: userId,
      groups: z.array(groupId).length(1),
      comment: comment.optional(),
      password: z.string().min(8).max(64).optional(),
    },
    nothing,
    ['password'],
  ),
  /** Of a user that does not exist it succeeds too. */
  deleteUser: route('DELETE /access/users/{userid}', { userid: userId }, nothing),
  /** Those that the token may change. */
  listAcl: route(
    'GET /access/acl',
    {},
    rows(z.object({ path: text, roleid: text, type: text, ugid: text, propagate: maybeFlag })),
  ),
  /** May be repeated; taking away what is not there succeeds too. */
  putAcl: route(
    'PUT /access/acl',
    {
      path: accessPath,
      roles: z.array(roleId).min(1),
      users: z.array(userId).min(1),
      propagate: z.boolean().optional(),
      delete: z.boolean().optional(),
    },
    nothing,
  ),
  listRoles: route('GET /access/roles', {}, rows(z.object({ roleid: text, privs: list, special: flag }))),
  /** Path to privilege to whether it goes on below. Of one path: the effective ones; else of all that carry any. */
  getPermissions: route(
    'GET /access/permissions',
    { path: accessPath.optional() },
    z
      .record(z.string(), z.record(z.string(), flag))
      .nullish()
      .transform(value => value ?? {}),
  ),
  listGroups: route('GET /access/groups', {}, rows(z.object({ groupid: text, comment: maybe(text), users: list }))),
}
