/** The configuration of containerd, version 1.6 as Debian has it. */

import { containerdFolder, containerdSocket } from './layout.ts'

export interface ContainerdOptions {
  /** Reference of the image that holds a pod's namespaces. */
  pauseImage: string
  cniFolder: string
}

export function containerdConfig({ pauseImage, cniFolder }: ContainerdOptions): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = "${containerdFolder}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", \
"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
address = "${containerdSocket}"

[${cri}]
sandbox_image = "${pauseImage}"
# Where this process may not lower its own score, neither may runc, and every pod would fail.
restrict_oom_score_adj = true
disable_apparmor = true

[${cri}.cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${cniFolder}"

[${cri}.containerd]
snapshotter = "overlayfs"

[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
`
}
