/** Builds the renderer from renderer/, against the very Helm that the helm binary is. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.ts'
import { type Progress, silentProgress } from '../progress.ts'
import { oneAtATime, runGo } from './go-build.ts'
import { goToolchain } from './go-toolchain.ts'
import { tools } from './tools.ts'

const sources = fileURLToPath(new URL('../../../renderer', import.meta.url))

/** Its name in the folder, and on PATH of the image. */
export const rendererName = 'tenantry-renderer'

/** The absolute path of the program. Built once for each state of its sources. */
export async function renderer(progress: Progress = silentProgress): Promise<string> {
  const folder = await cached(`build/${rendererName}@${await rendererDigest()}`, temporary =>
    oneAtATime(async () => {
      const go = await goToolchain(progress)
      // What it shares with the helm binary is compiled already where that was built here.
      await progress.step('build the renderer with Go (the first time about 2 min)', () => compile(go, temporary))
    }),
  )
  return join(folder, rendererName)
}

async function compile(go: string, target: string): Promise<void> {
  const variables = Object.entries(tools.helm.module.linkerVariables).map(([name, value]) => `-X ${name}=${value}`)
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', ['-s -w', ...variables].join(' ')]
  await runGo(go, ['build', ...flags, '-o', join(target, rendererName), '.'], sources)
}

/** Of all that the program is made from; tests are not. */
export async function rendererDigest(): Promise<string> {
  const files = (await readdir(sources)).filter(name => !name.endsWith('_test.go')).sort()
  const contents = await Promise.all(files.map(name => readFile(join(sources, name), 'utf8')))
  const text = JSON.stringify([process.arch, files, contents, tools.helm.module.linkerVariables])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
