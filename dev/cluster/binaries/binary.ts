/** Finds or makes the programs of a cluster: PATH, then the cache, then the official release, then a build with Go. */

import { link, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../cache.ts'
import { type Progress, silentProgress } from '../progress.ts'
import { buildModule, executableName } from './go-build.ts'
import { findOnPath, reportsVersion } from './path-lookup.ts'
import { assetFor, saveProgram } from './release.ts'
import { type BinaryName, type Tool, tools } from './tools.ts'

export type { BinaryName } from './tools.ts'

const found = new Map<BinaryName, Promise<string>>()

/** The absolute path of a program in its pinned version. Found once per process, made once per machine. */
export function binary(name: BinaryName, progress: Progress = silentProgress): Promise<string> {
  const known = found.get(name)
  if (known !== undefined) return known
  const search = resolve(name, tools[name], progress)
  found.set(name, search)
  search.catch(() => found.delete(name))
  return search
}

export async function binaries<Name extends BinaryName>(
  names: readonly Name[],
  progress: Progress = silentProgress,
): Promise<Record<Name, string>> {
  const paths = await Promise.all(names.map(async name => [name, await binary(name, progress)]))
  return Object.fromEntries(paths)
}

async function resolve(name: BinaryName, tool: Tool, progress: Progress): Promise<string> {
  const onPath = tool.fromPath ? await findOnPath(name, tool) : undefined
  if (onPath !== undefined) return onPath
  const folder = await cached(`bin/${name}-${tool.version}`, async temporary => {
    await mkdir(temporary)
    const file = join(temporary, name)
    const refusal = await download(name, tool, file, progress)
    if (refusal !== undefined) await build(name, tool, file, refusal, progress)
    if (!(await reportsVersion(file, tool))) throw new Error(`${name} does not report version ${tool.version}`)
  })
  return join(folder, name)
}

async function download(name: string, { version, release }: Tool, file: string, progress: Progress) {
  if (release === undefined) return 'its project publishes an image, but no program'
  return saveProgram(`${name} ${version}`, assetFor(release, version), file, progress)
}

async function build(name: string, tool: Tool, file: string, refusal: string, progress: Progress): Promise<void> {
  const packages = Object.values(tools)
    .filter(other => other.module === tool.module)
    .map(other => other.package)
  try {
    const folder = await buildModule(tool.module, packages, progress)
    await link(join(folder, executableName(tool.package)), file)
  } catch (cause) {
    const { message } = cause as Error
    throw new Error(`${name} ${tool.version} cannot be downloaded: ${refusal}; nor built: ${message}`, { cause })
  }
}
