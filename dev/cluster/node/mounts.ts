/** What a node sees of files, as a list of mounts. Pure: root.ts carries it out. */

import { type Hierarchy, isUnified } from './cgroup.ts'
import { containerdFolder, kubeletFolder, podLogFolder, stateFiles, volumeFolder } from './layout.ts'

export interface Mount {
  /** A file system type, or `bind`. */
  type: string
  source: string
  /** Absolute, as the node will see it. */
  target: string
  options?: string
  /** Whether the target is a file. */
  file?: boolean
}

export interface NodeFiles {
  stateDir: string
  /** Programs of the machine that the node runs, at the same paths. */
  programs: readonly string[]
  hierarchies: readonly Hierarchy[]
}

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'kmsg']

/**
 * Kernel settings that kubelet wants and would otherwise change for the whole machine: it finds these files with the
 * values it looks for. https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/cm/container_manager_linux.go
 */
export const kernelSettings: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
}

/** In order. `scratch` is a folder outside the node with a proc file system and the files of `kernelSettings`. */
export function nodeMounts({ stateDir, programs, hierarchies }: NodeFiles, scratch: string): Mount[] {
  const { data } = stateFiles(stateDir)
  return [
    { type: 'proc', source: 'proc', target: '/proc' },
    // The machine's kernel settings are out of reach, but for those of the node's own network.
    { type: 'bind', source: `${scratch}/proc/sys`, target: '/proc/sys', options: 'ro' },
    { type: 'bind', source: `${scratch}/proc/sys/net`, target: '/proc/sys/net' },
    ...Object.keys(kernelSettings).map(name => {
      return { type: 'bind', source: `${scratch}/settings/${name}`, target: `/proc/sys/${name}`, file: true }
    }),
    { type: 'sysfs', source: 'sysfs', target: '/sys', options: 'ro,nosuid,nodev,noexec' },
    ...cgroupMounts(hierarchies),
    { type: 'tmpfs', source: 'tmpfs', target: '/dev', options: 'mode=755,nosuid' },
    ...devices.map(name => ({ type: 'bind', source: `/dev/${name}`, target: `/dev/${name}`, file: true })),
    { type: 'devpts', source: 'devpts', target: '/dev/pts', options: 'newinstance,ptmxmode=0666,mode=620,gid=5' },
    { type: 'tmpfs', source: 'tmpfs', target: '/dev/shm', options: 'mode=1777,nosuid,nodev' },
    { type: 'mqueue', source: 'mqueue', target: '/dev/mqueue' },
    { type: 'tmpfs', source: 'tmpfs', target: '/run', options: 'mode=755,nosuid,nodev' },
    { type: 'tmpfs', source: 'tmpfs', target: '/tmp', options: 'mode=1777,nosuid,nodev' },
    { type: 'bind', source: stateDir, target: stateDir },
    { type: 'bind', source: data.containerd, target: containerdFolder },
    { type: 'bind', source: data.kubelet, target: kubeletFolder },
    { type: 'bind', source: data.volumes, target: volumeFolder },
    { type: 'bind', source: data.podLogs, target: podLogFolder },
    ...programs.map(path => ({ type: 'bind', source: path, target: path, options: 'ro', file: true })),
  ]
}

/** The node is in cgroup namespaces of its own, so each of these shows its subtree as the root. */
function cgroupMounts(hierarchies: readonly Hierarchy[]): Mount[] {
  const root = '/sys/fs/cgroup'
  if (hierarchies.some(isUnified)) return [{ type: 'cgroup2', source: 'cgroup', target: root }]
  return [
    { type: 'tmpfs', source: 'tmpfs', target: root, options: 'mode=755' },
    ...hierarchies.map(({ version, identity, mountPoint }): Mount => {
      const target = `${root}/${mountPoint.slice(mountPoint.lastIndexOf('/') + 1)}`
      if (version === 2) return { type: 'cgroup2', source: 'cgroup', target }
      return { type: 'cgroup', source: 'cgroup', target, options: identity.replace(/^name=/, 'none,name=') }
    }),
  ]
}
