import { expect, test } from 'vitest'
import type { Refusal } from './errors.ts'
import { refusalOf, taskRefusal } from './refusal.ts'

/** As version 9 answers; version 8 leaves the message out. */
function said(status: number, message: string, errors?: Record<string, string>) {
  const [reason = ''] = message.split('\n')
  const body = { data: null, message: `${message}\n`, ...(errors && { errors }) }
  return { status, reason, body: JSON.stringify(body) }
}

const pairs: [string, ReturnType<typeof said>, Refusal][] = [
  [
    'a missing privilege is named with its path',
    said(403, 'Permission check failed (/vms/100, VM.Config.CPU|VM.Config.Memory)'),
    {
      kind: 'forbidden',
      why: 'Permission check failed (/vms/100, VM.Config.CPU|VM.Config.Memory)',
      path: '/vms/100',
      privileges: ['VM.Config.CPU', 'VM.Config.Memory'],
    },
  ],
  [
    'so is one that comes within a 500',
    said(500, 'update pools failed: 403 Permission check failed (/storage/local, Datastore.Allocate)'),
    {
      kind: 'forbidden',
      why: 'update pools failed: 403 Permission check failed (/storage/local, Datastore.Allocate)',
      path: '/storage/local',
      privileges: ['Datastore.Allocate'],
    },
  ],
  [
    'a 403 for a pool that is not there is no lack of rights',
    said(403, "Permission check failed (pool 'nopool' does not exist)"),
    { kind: 'missing', why: "Permission check failed (pool 'nopool' does not exist)" },
  ],
  [
    'a role that is more than the token has may not be given',
    said(
      500,
      "ACL update failed: 400 Parameter verification failed.\nrole: Cannot add role 'Administrator' - requires 'Permissions.Modify' or superset of privileges.",
    ),
    {
      kind: 'forbidden',
      why: "ACL update failed: 400 Parameter verification failed: role: Cannot add role 'Administrator' - requires 'Permissions.Modify' or superset of privileges.",
      fields: { role: "Cannot add role 'Administrator' - requires 'Permissions.Modify' or superset of privileges." },
    },
  ],
  [
    'parameters at fault are named, in the same order each time',
    said(400, 'Parameter verification failed.', { source: 'wrong', limit: "type check ('integer') failed\n" }),
    {
      kind: 'invalid',
      why: "Parameter verification failed: limit: type check ('integer') failed; source: wrong",
      fields: { source: 'wrong', limit: "type check ('integer') failed" },
    },
  ],
  [
    'a taken tag is said within a 500',
    said(
      500,
      'create sdn vnet object failed: 400 Parameter verification failed.\ntag: tag 110 already exist in vnet acme',
    ),
    {
      kind: 'exists',
      why: 'create sdn vnet object failed: 400 Parameter verification failed: tag: tag 110 already exist in vnet acme',
      fields: { tag: 'tag 110 already exist in vnet acme' },
    },
  ],
  [
    'a taken VM id is a 400 of its own',
    said(400, 'Parameter verification failed.', { vmid: 'VM 200 already exists' }),
    {
      kind: 'exists',
      why: 'Parameter verification failed: vmid: VM 200 already exists',
      fields: { vmid: 'VM 200 already exists' },
    },
  ],
  [
    'the lock of a guest is named',
    said(500, 'VM is locked (snapshot-delete)'),
    { kind: 'locked', why: 'VM is locked (snapshot-delete)', lock: 'snapshot-delete' },
  ],
  [
    'no quorum shows as a file that cannot be written, too',
    said(500, "unable to open file '/etc/pve/nodes/pve1/qemu-server/300.conf.tmp.198' - Permission denied"),
    {
      kind: 'noQuorum',
      why: "unable to open file '/etc/pve/nodes/pve1/qemu-server/300.conf.tmp.198' - Permission denied",
    },
  ],
  [
    'what is in use stands against it',
    said(500, "storage 'backup' is in use"),
    { kind: 'conflict', why: "storage 'backup' is in use" },
  ],
  [
    'where Perl died is not told',
    said(500, 'delete sdn zone object failed: zone tz is used by vnet at /usr/share/perl5/PVE/Zones.pm line 12.'),
    { kind: 'conflict', why: 'delete sdn zone object failed: zone tz is used by vnet' },
  ],
  [
    'a node that does not answer has a code of its own and no body',
    { status: 595, reason: 'No route to host', body: '' },
    { kind: 'nodeUnreachable', why: 'No route to host' },
  ],
  [
    'a refused token comes without a body',
    { status: 401, reason: 'Authentication failed!', body: '' },
    { kind: 'unauthenticated', why: 'Authentication failed!' },
  ],
  [
    'a page of something in between is not quoted',
    { status: 502, reason: '', body: '<html>' },
    { kind: 'unknown', why: 'HTTP status 502' },
  ],
]

test.each(pairs)('%s', (_, answer, refusal) => {
  expect(refusalOf(answer)).toEqual(refusal)
})

const kinds: [Refusal['kind'], string][] = [
  ['missing', "Configuration file 'nodes/pve1/qemu-server/201.conf' does not exist"],
  ['missing', "unable to find configuration file for VM 9999 on node 'pve1'"],
  ['missing', "delete pool failed: pool 'acme' does not exist"],
  ['missing', "no such user ('none@pve')"],
  ['exists', "create user failed: user 'ann@pve' already exists"],
  ['exists', "create sdn vnet object failed: sdn vnet object ID 'acme' already defined"],
  ['exists', 'unable to create VM 401: config file already exists'],
  ['busy', "can't lock file '/var/lock/qemu-server/lock-9000.conf' - got timeout"],
  ['busy', 'could not acquire lock for SDN config: configuration has pending changes'],
  ['busy', "create pool failed: cfs-lock 'file-user_cfg' error: got lock request timeout"],
  ['stale', 'checksum mismatch (file change by other user?)'],
  ['stale', 'detected modified configuration - file changed by other user? Try again.'],
  ['conflict', 'VM 200 already running'],
  ['conflict', 'VM 200 is running - destroy failed'],
  ['conflict', "can't remove VM 200 - protection mode enabled"],
  ['conflict', "delete pool failed: pool 'acme' is not empty (contains VM 200)"],
  ['noQuorum', "create pool failed: cfs-lock 'file-user_cfg' error: no quorum!"],
  ['noQuorum', 'cluster not ready - no quorum?'],
  ['nodeUnreachable', "hostname lookup 'nosuch' failed - failed to get address info for: nosuch: Name unknown"],
  ['forbidden', "only root can set 'args' config"],
  ['unknown', 'something new'],
]

test.each(kinds)('%s: %s', (kind, text) => {
  expect(refusalOf(said(500, text)).kind).toBe(kind)
  expect(refusalOf({ status: 500, reason: text, body: '{"data":null}' })).toEqual(refusalOf(said(500, text)))
  expect(taskRefusal(text).kind).toBe(kind)
})
