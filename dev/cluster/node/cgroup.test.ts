import { expect, test } from 'vitest'
import { parseHierarchies, parseMembership } from './cgroup.ts'

test('version 1: each mount is a hierarchy, identified by its controllers or its name', () => {
  const mountinfo = `22 1 0:20 / /proc rw - proc proc rw
30 25 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
32 30 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
33 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate`
  expect(parseHierarchies(mountinfo)).toEqual([
    { version: 1, mountPoint: '/sys/fs/cgroup/cpu,cpuacct', identity: 'cpu,cpuacct' },
    { version: 1, mountPoint: '/sys/fs/cgroup/systemd', identity: 'name=systemd' },
    { version: 2, mountPoint: '/sys/fs/cgroup/unified', identity: '' },
  ])
})

test('version 2: one hierarchy without identity', () => {
  expect(parseHierarchies('30 25 0:25 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate')).toEqual([
    { version: 2, mountPoint: '/sys/fs/cgroup', identity: '' },
  ])
})

test('membership is by identity, and a path may contain colons', () => {
  expect(parseMembership('4:memory:/user/a:b\n1:name=systemd:/\n0::/init.scope\n')).toEqual(
    new Map([
      ['memory', '/user/a:b'],
      ['name=systemd', '/'],
      ['', '/init.scope'],
    ]),
  )
})
