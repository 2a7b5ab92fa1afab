/** `/access/groups`. */

import { failure } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { groupName } from '../schema/formats.ts'
import { formatted, optional, text } from '../schema/property.ts'
import { withUserConfig } from '../simulation.ts'
import type { Group, Row, State } from '../state.ts'
import { anybody, holds, holdsAny, mayHoldAny } from './checks.ts'

const groupid = formatted(groupName)
const comment = optional({ comment: text() })
const allocates = holds('/access/groups', 'Group.Allocate')

export const groupRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/groups', may: anybody, run: listGroups },
  {
    method: 'POST',
    path: '/access/groups',
    params: { groupid, ...comment },
    may: allocates,
    run: call =>
      withUserConfig(call.sim, 'create group failed', () => {
        const id = param(call, 'groupid')
        if (call.sim.state.groups[id] !== undefined) throw failure(`group '${id}' already exists`)
        const about = given(call, 'comment')
        call.sim.state.groups[id] = about ? { comment: about } : {}
      }),
  },
  {
    method: 'GET',
    path: '/access/groups/{groupid}',
    params: { groupid },
    may: holdsAny('/access/groups', 'Sys.Audit', 'Group.Allocate'),
    run: call => ({ ...withComment(existing(call)), members: membersOf(call.sim.state, param(call, 'groupid')) }),
  },
  {
    method: 'PUT',
    path: '/access/groups/{groupid}',
    params: { groupid, ...comment },
    may: allocates,
    run: call =>
      withUserConfig(call.sim, 'update group failed', () => {
        const group = existing(call)
        const about = given(call, 'comment')
        if (about !== undefined) group.comment = about
      }),
  },
  {
    method: 'DELETE',
    path: '/access/groups/{groupid}',
    params: { groupid },
    may: allocates,
    run: call =>
      withUserConfig(call.sim, 'delete group failed', () => {
        existing(call)
        deleteGroup(call.sim.state, param(call, 'groupid'))
      }),
  },
]

function existing(call: Call): Group {
  const id = param(call, 'groupid')
  const group = call.sim.state.groups[id]
  if (group === undefined) throw failure(`group '${id}' does not exist`)
  return group
}

const membersOf = (state: State, group: string) =>
  Object.keys(state.users).filter(id => state.users[id]?.groups.includes(group))

const withComment = ({ comment: about }: Group): Row => (about ? { comment: about } : {})

function listGroups(call: Call): Row[] {
  const { state } = call.sim
  return Object.entries(state.groups)
    .filter(([id]) => mayHoldAny(call, `/access/groups/${id}`, 'User.Modify', 'Sys.Audit', 'Group.Allocate'))
    .map(([groupid, group]) => ({
      groupid,
      ...withComment(group),
      users: membersOf(state, groupid).toSorted().join(','),
    }))
}

function deleteGroup(state: State, id: string): void {
  delete state.groups[id]
  for (const user of Object.values(state.users)) user.groups = user.groups.filter(group => group !== id)
  state.acl = state.acl.filter(({ type, ugid }) => type !== 'group' || ugid !== id)
}
