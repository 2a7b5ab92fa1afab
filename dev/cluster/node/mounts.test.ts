import { expect, test } from 'vitest'
import { type Mount, nodeMounts } from './mounts.ts'

const files = { stateDir: '/repo/.run/demo', programs: ['/cache/bin/kubelet'] }
const mountsFor = (hierarchies: Parameters<typeof nodeMounts>[0]['hierarchies']) =>
  nodeMounts({ ...files, hierarchies }, '/scratch')
const at = (mounts: Mount[], target: string) => mounts.filter(mount => mount.target.startsWith(target))

test('version 1: each hierarchy is mounted again, under the name it has on the machine', () => {
  const mounts = mountsFor([
    { version: 1, mountPoint: '/sys/fs/cgroup/cpu,cpuacct', identity: 'cpu,cpuacct' },
    { version: 1, mountPoint: '/sys/fs/cgroup/systemd', identity: 'name=systemd' },
    { version: 2, mountPoint: '/sys/fs/cgroup/unified', identity: '' },
  ])
  expect(at(mounts, '/sys/fs/cgroup')).toEqual([
    { type: 'tmpfs', source: 'tmpfs', target: '/sys/fs/cgroup', options: 'mode=755' },
    { type: 'cgroup', source: 'cgroup', target: '/sys/fs/cgroup/cpu,cpuacct', options: 'cpu,cpuacct' },
    { type: 'cgroup', source: 'cgroup', target: '/sys/fs/cgroup/systemd', options: 'none,name=systemd' },
    { type: 'cgroup2', source: 'cgroup', target: '/sys/fs/cgroup/unified' },
  ])
})

test('version 2: the one hierarchy is mounted where everybody looks for it', () => {
  const mounts = mountsFor([{ version: 2, mountPoint: '/sys/fs/cgroup', identity: '' }])
  expect(at(mounts, '/sys/fs/cgroup')).toEqual([{ type: 'cgroup2', source: 'cgroup', target: '/sys/fs/cgroup' }])
})

test("the machine's kernel settings are read-only, those of the node's network are not, and kubelet finds its own", () => {
  const kernel = at(mountsFor([]), '/proc/sys')
  expect(kernel.slice(0, 3)).toEqual([
    { type: 'bind', source: '/scratch/proc/sys', target: '/proc/sys', options: 'ro' },
    { type: 'bind', source: '/scratch/proc/sys/net', target: '/proc/sys/net' },
    {
      type: 'bind',
      source: '/scratch/settings/vm/overcommit_memory',
      target: '/proc/sys/vm/overcommit_memory',
      file: true,
    },
  ])
})

test('state and programs have the same paths inside as outside, and of the machine there is nothing else', () => {
  const binds = mountsFor([]).filter(({ type, target }) => type === 'bind' && !/^\/(proc|dev)\//.test(target))
  expect(binds.map(({ source, target, options }) => [source, target, options])).toEqual([
    ['/repo/.run/demo', '/repo/.run/demo', undefined],
    ['/repo/.run/demo/containerd', '/var/lib/containerd', undefined],
    ['/repo/.run/demo/kubelet', '/var/lib/kubelet', undefined],
    ['/repo/.run/demo/volumes', '/var/lib/tenantry/volumes', undefined],
    ['/repo/.run/demo/log/pods', '/var/log/pods', undefined],
    ['/cache/bin/kubelet', '/cache/bin/kubelet', 'ro'],
  ])
})
