/** Makes the folders of rootfs-definition.ts, once per machine, in namespaces that end with the build. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { versions } from '../../versions.ts'
import { cached, cacheRoot } from '../cache.ts'
import { decisiveLines } from '../log-excerpt.ts'
import { type Progress, silentProgress, type WithLog } from '../progress.ts'
import { findDebootstrap } from './debootstrap.ts'
import { type RootfsLayer, rootfsEntry } from './rootfs-definition.ts'

/** What rootfs-build.ts reads from its standard input. */
export interface RootfsBuild {
  layer: RootfsLayer
  /** Folders below it, the uppermost first, as overlayfs wants them. */
  lower: string[]
  /** Where the layer's own files end up. */
  target: string
  /** Makes the first of all layers in `target`; only there. */
  bootstrap?: { argv: string[]; env: Record<string, string> }
}

/** The folder with the files of one layer, without what it stands on. As an overlay's upper folder left it. */
export async function rootfsFolder(layer: RootfsLayer, progress: Progress = silentProgress): Promise<string> {
  const lower = await lowerFolders(layer, progress)
  return cached(rootfsEntry(layer), target =>
    progress.step(`build the ${layer.name} layer from Debian packages (the first time about a minute)`, async () => {
      const bootstrap = layer.on === undefined ? { bootstrap: await bootstrapCommand(layer, target) } : {}
      await build({ layer, lower, target, ...bootstrap })
    }),
  )
}

async function lowerFolders(layer: RootfsLayer, progress: Progress): Promise<string[]> {
  if (layer.on === undefined) return []
  return [await rootfsFolder(layer.on, progress), ...(await lowerFolders(layer.on, progress))]
}

async function bootstrapCommand(layer: RootfsLayer, target: string): Promise<RootfsBuild['bootstrap'] & object> {
  const { argv, env, mirror } = await findDebootstrap()
  const include = `--include=${layer.packages.join(',')}`
  return { argv: [...argv, include, versions.debian, target, ...(mirror === undefined ? [] : [mirror])], env }
}

async function build(input: RootfsBuild): Promise<void> {
  const untilWeEnd = ['--pdeathsig', 'KILL', '--', 'unshare', '--kill-child=KILL']
  const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--fork']
  const program = join(dirname(fileURLToPath(import.meta.url)), 'rootfs-build.ts')
  const run = await execa('setpriv', [...untilWeEnd, ...namespaces, process.execPath, program], {
    input: JSON.stringify(input),
    all: true,
    reject: false,
  })
  if (!run.failed) return
  const file = join(cacheRoot(), 'rootfs', `${input.layer.name}.log`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, run.all)
  const log = { file, lines: decisiveLines(run.all) }
  throw Object.assign(new Error(`the ${input.layer.name} layer could not be built`), { log } satisfies WithLog)
}
