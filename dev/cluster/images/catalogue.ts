/** Every image that a cluster on this machine needs, as data over layers. */

import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { versions } from '../../versions.ts'
import { binary } from '../binaries/binary.ts'
import { renderer, rendererDigest, rendererName } from '../binaries/renderer.ts'
import type { Progress } from '../progress.ts'
import { bundleLayer } from './bundle.ts'
import { compileCacheEnv, compileCacheLayer } from './compile-cache.ts'
import { type Image, imageArchitecture, type RunConfig } from './image.ts'
import { filesLayer, folderLayer, type Layer } from './layer.ts'
import {
  appFolder,
  binaryLayer,
  nodeBinary,
  nodeBinaryLayer,
  packagesLayer,
  repository,
  sourcesLayer,
} from './npm-layers.ts'
import { rootfsFolder } from './rootfs.ts'
import { baseLayer, postgresLayer, type RootfsLayer, rootfsEntry } from './rootfs-definition.ts'

/** No such registry exists: these images are only ever loaded. */
const registry = 'tenantry.local'
const nobodyId = 65532
const nobody = `${nobodyId}:${nobodyId}`
/** What it loads at its start, and what it loads later in a pod. */
const operatorRuns = [
  ['src/main.js', '--version'],
  ...['./src/service-account.js', './src/client.js', './src/execa.js'].map(module => [
    '--input-type=module',
    `--eval=import '${module}'`,
  ]),
]

const names = {
  pause: `${registry}/pause`,
  coredns: `${registry}/coredns`,
  'cloudnative-pg': `${registry}/cloudnative-pg`,
  traefik: `${registry}/traefik`,
  postgresql: `${registry}/postgresql`,
  operator: `${registry}/tenantry`,
  app: `${registry}/tenantry-example-app`,
} as const

export type ImageName = keyof typeof names
export const imageNames = Object.keys(names) as ImageName[]

const builders: Record<ImageName, (progress: Progress) => Promise<Image>> = {
  async pause(progress) {
    const layers = [await rootfsLayer(baseLayer, progress)]
    const config = { User: nobody, Entrypoint: ['/usr/bin/tini', '--', '/usr/bin/sleep', 'infinity'] }
    return { name: names.pause, tags: [versions.debian], layers, config }
  },

  async coredns(progress) {
    const layers = [await binaryLayer('coredns', versions.coredns, await binary('coredns', progress))]
    return program('coredns', versions.coredns, layers, { User: nobody, Entrypoint: ['/usr/local/bin/coredns'] })
  },

  async 'cloudnative-pg'(progress) {
    const manager = await binary('cnpg-manager', progress)
    const layer = filesLayer('cnpg-manager', `${versions.cloudnativePg}-${process.arch}`, async folder => {
      // The operator copies /operator/manager_<architecture> into the pods of its clusters.
      const path = `operator/manager_${imageArchitecture()}`
      await mkdir(join(folder, 'operator'))
      await cp(manager, join(folder, path))
      await symlink(path, join(folder, 'manager'))
    })
    const config = { User: nobody, Entrypoint: ['/manager'] }
    return program('cloudnative-pg', versions.cloudnativePg, [await layer], config)
  },

  async traefik(progress) {
    const layers = [await binaryLayer('traefik', versions.traefik, await binary('traefik', progress))]
    return program('traefik', versions.traefik, layers, { User: nobody, Entrypoint: ['/usr/local/bin/traefik'] })
  },

  /** Its tags are the major and the exact version, by which CloudNativePG knows what it runs. */
  async postgresql(progress) {
    const layers = [await rootfsLayer(baseLayer, progress), await rootfsLayer(postgresLayer, progress)]
    const status = await readFile(join(await rootfsFolder(postgresLayer, progress), 'var/lib/dpkg/status'), 'utf8')
    const tags = [versions.postgres, upstreamVersion(status, `postgresql-${versions.postgres}`)]
    const path = `/usr/lib/postgresql/${versions.postgres}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
    const config = { User: '26:26', Entrypoint: ['/usr/bin/tini', '--'], Env: [`PATH=${path}`, 'LANG=C.UTF-8'] }
    return { name: names.postgresql, tags, layers, config }
  },

  async operator(progress) {
    const app = [
      await bundleLayer('operator', 'src/main.ts'),
      await sourcesLayer('operator', ['package.json', 'charts']),
    ]
    const layers = [
      await rootfsLayer(baseLayer, progress),
      await nodeBinaryLayer(),
      await binaryLayer('helm', versions.helm, await binary('helm', progress)),
      await binaryLayer(rendererName, await rendererDigest(), await renderer(progress)),
      ...app,
      await compileCacheLayer('operator', { node: nodeBinary, layers: app, runs: operatorRuns, uid: nobodyId }),
    ]
    const { Env = [], ...rest } = nodeProgram('src/main.js')
    const config = { ...rest, Env: [...Env, ...compileCacheEnv] }
    return { name: names.operator, tags: [await packageVersion('')], layers, config }
  },

  async app(progress) {
    const root = 'examples/app'
    const layers = [
      await rootfsLayer(baseLayer, progress),
      await nodeBinaryLayer(),
      await packagesLayer('app', root),
      await sourcesLayer('app', [`${root}/package.json`, `${root}/src`]),
    ]
    return { name: names.app, tags: [await packageVersion(root)], layers, config: nodeProgram(`${root}/src/main.ts`) }
  },
}

/** An image whose layers are in the cache; what is missing there is made. */
export function image(name: ImageName, progress: Progress): Promise<Image> {
  return builders[name](progress)
}

async function rootfsLayer(layer: RootfsLayer, progress: Progress): Promise<Layer> {
  const folder = await rootfsFolder(layer, progress)
  return folderLayer(rootfsEntry(layer).replace('rootfs/', ''), folder)
}

function program(name: ImageName, version: string, layers: Layer[], config: RunConfig): Image {
  return { name: names[name], tags: [version.replace(/^v/, '')], layers, config }
}

function nodeProgram(main: string): RunConfig {
  const path = 'PATH=/usr/local/bin:/usr/bin:/bin'
  return { User: nobody, WorkingDir: appFolder, Entrypoint: ['node', main], Env: [path, 'NODE_ENV=production'] }
}

async function packageVersion(root: string): Promise<string> {
  const text = await readFile(join(repository, root, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** `15.20` of `Version: 15.20-0+deb12u1` in dpkg's status file. */
export function upstreamVersion(status: string, packageName: string): string {
  const paragraph = status.split('\n\n').find(text => text.startsWith(`Package: ${packageName}\n`))
  const version = /^Version: (?:\d+:)?([^-\n]+)/m.exec(paragraph ?? '')?.[1]
  if (version === undefined) throw new Error(`${packageName} is not installed in its layer`)
  return version
}
