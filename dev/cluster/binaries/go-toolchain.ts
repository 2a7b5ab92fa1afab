/** The Go compiler: one that is installed, else the official release. */

import { join } from 'node:path'
import { versions } from '../../versions.ts'
import { cached } from '../cache.ts'
import type { Progress } from '../progress.ts'
import { minimumGo } from './go-mod.ts'
import { executables, printed } from './path-lookup.ts'
import { assetFor, saveTree } from './release.ts'
import type { Asset } from './tools.ts'

const release: Asset = {
  url: 'https://dl.google.com/go/go{number}.{os}-{arch}.tar.gz',
  checksumUrl: 'https://dl.google.com/go/go{number}.{os}-{arch}.tar.gz.sha256',
}

/** The absolute path of a Go that is new enough. Rejects, saying what to install, where none can be had. */
export async function goToolchain(progress: Progress): Promise<string> {
  for (const file of await executables('go')) {
    if (isNewEnough(await printed(file, ['version']))) return file
  }
  const folder = await cached(`bin/go-${versions.go}`, async temporary => {
    const refusal = await saveTree(`Go ${versions.go}`, assetFor(release, versions.go), temporary, progress)
    if (refusal !== undefined) {
      throw new Error(
        `there is no Go ${minimumGo} or newer on PATH (install it from https://go.dev/dl), and ${refusal}`,
      )
    }
  })
  return join(folder, 'go/bin/go')
}

/** Whether `go version` tells of a release that is not older than the minimum. */
export function isNewEnough(text: string, minimum: string = minimumGo): boolean {
  const parsed = /\bgo(\d+)\.(\d+)/.exec(text)
  const [major = 0, minor = 0] = minimum.split('.').map(Number)
  if (parsed === null) return false
  return Number(parsed[1]) > major || (Number(parsed[1]) === major && Number(parsed[2]) >= minor)
}
