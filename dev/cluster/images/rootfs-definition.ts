/** The folders of Debian packages that images and the node are made of, as data. A layer's name and content is its key. */

import { createHash } from 'node:crypto'
import { versions } from '../../versions.ts'

export interface RootfsLayer {
  name: string
  /** What the packages are installed on top of; absent for the one that debootstrap makes. */
  on?: RootfsLayer
  packages: readonly string[]
  /** Files, by absolute path in the layer, that are there before the packages are. */
  files: Readonly<Record<string, string>>
  /** Commands run inside once the packages are installed, each an argument vector. */
  commands: readonly (readonly string[])[]
  /** What nobody needs at run time: glob patterns relative to the root. */
  drop: readonly string[]
}

/** What every package leaves behind and no container reads; the last are random or tell of the building machine. */
const leftovers = [
  'usr/share/{doc,man,info,locale,lintian}/*',
  'var/cache/{apt,debconf,ldconfig}/*',
  'var/lib/apt/lists/*',
  'var/lib/dpkg/*-old',
  'var/log/*',
  'tmp/*',
  'etc/{hostname,machine-id,resolv.conf}',
  'var/lib/systemd/*',
]

/** Shared by all images that are more than one static program. */
export const baseLayer: RootfsLayer = {
  name: 'base',
  packages: ['ca-certificates', 'tini'],
  files: {
    // invoke-rc.d(8): packages must not start services while they are installed.
    '/usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n',
    '/etc/dpkg/dpkg.cfg.d/slim': [
      'path-exclude=/usr/share/doc/*',
      'path-exclude=/usr/share/man/*',
      'path-exclude=/usr/share/locale/*',
      'path-exclude=/usr/lib/*/libLLVM*',
      'path-exclude=/usr/lib/*/libz3*',
      'path-exclude=/usr/lib/postgresql/*/lib/bitcode/*',
      'path-exclude=/usr/lib/postgresql/*/lib/llvmjit*',
      '',
    ].join('\n'),
  },
  commands: [],
  drop: [...leftovers, 'dev/*'],
}

/** What the node itself runs beside the programs of Kubernetes. */
export const nodeLayer: RootfsLayer = {
  name: 'node',
  on: baseLayer,
  packages: ['containerd', 'runc', 'containernetworking-plugins', 'iptables', 'iproute2', 'mount', 'util-linux'],
  files: {},
  commands: [],
  drop: leftovers,
}

/** CloudNativePG runs PostgreSQL as user 26: https://cloudnative-pg.io/documentation/current/container_images/ */
export const postgresLayer: RootfsLayer = {
  name: 'postgresql',
  on: baseLayer,
  packages: [`postgresql-${versions.postgres}`],
  files: { '/etc/postgresql-common/createcluster.conf': 'create_main_cluster = false\n' },
  commands: [
    // Debian gives group 26 to tape drives.
    ['groupdel', 'tape'],
    ['groupmod', '--gid', '26', 'postgres'],
    ['usermod', '--uid', '26', '--gid', '26', 'postgres'],
    ['chown', '--recursive', '26:26', '/var/lib/postgresql', '/var/run/postgresql'],
  ],
  drop: [...leftovers, 'etc/ssl/private/*', 'usr/share/i18n/*'],
}

/** The cache entry of a layer: another one as soon as anything of its definition, or of what is below it, differs. */
export function rootfsEntry(layer: RootfsLayer): string {
  const definition = JSON.stringify([versions.debian, process.arch, layer])
  return `rootfs/${layer.name}-${createHash('sha256').update(definition).digest('hex').slice(0, 16)}`
}

/** Bottom first. */
export function layersOf(layer: RootfsLayer): RootfsLayer[] {
  return layer.on === undefined ? [layer] : [...layersOf(layer.on), layer]
}
