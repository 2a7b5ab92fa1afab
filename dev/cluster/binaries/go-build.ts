/** Builds programs from their published Go modules, by a module of our own that requires the exact version. */

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { cached, cacheRoot } from '../cache.ts'
import { decisiveLines } from '../log-excerpt.ts'
import type { Progress } from '../progress.ts'
import { goMod, parseReplaces } from './go-mod.ts'
import { goToolchain } from './go-toolchain.ts'
import type { GoModule } from './tools.ts'

let lastBuild: Promise<unknown> = Promise.resolve()

/** Go itself uses every core: two builds at a time only make both slower. */
export function oneAtATime<T>(build: () => Promise<T>): Promise<T> {
  const built = lastBuild.then(build)
  lastBuild = built.catch(() => undefined)
  return built
}

/** The folder with the programs of a module, one per package, all from one run of the compiler. Built once per version. */
export function buildModule(module: GoModule, packages: readonly string[], progress: Progress): Promise<string> {
  return oneAtATime(() =>
    cached(`build/${module.path.replaceAll('/', '_')}@${module.version}`, async temporary => {
      const go = await goToolchain(progress)
      const title = `build ${module.path} ${module.version} with Go (the first time about ${module.coldBuildMinutes} min)`
      await progress.step(title, () => compile(go, module, packages, temporary))
    }),
  )
}

async function compile(go: string, module: GoModule, packages: readonly string[], target: string): Promise<void> {
  const work = join(target, 'work')
  await mkdir(work, { recursive: true })
  await writeFile(join(work, 'go.mod'), await toolsModule(go, module, work))
  await runGo(go, ['build', ...buildFlags(module), '-o', `${target}/`, ...packages], work)
  await rm(work, { recursive: true })
}

export function buildFlags({ linkerVariables, tags = [] }: Pick<GoModule, 'linkerVariables' | 'tags'>): string[] {
  const variables = Object.entries(linkerVariables).map(([name, value]) => `-X ${name}=${value}`)
  const tagged = tags.length > 0 ? ['-tags', tags.join(',')] : []
  return ['-mod=mod', '-trimpath', ...tagged, '-ldflags', ['-s -w', ...variables].join(' ')]
}

/** Go names a program after the last part of its package's path that is not a major version. */
export function executableName(path: string): string {
  const parts = path.split('/').filter(part => !/^v\d+$/.test(part))
  return parts.at(-1) ?? path
}

async function toolsModule(go: string, module: GoModule, work: string): Promise<string> {
  if (module.stagingVersion === undefined && module.placeholders === undefined) return goMod(module, [])
  const source = await downloadModule(go, module)
  const replaces = parseReplaces(await readFile(join(source, 'go.mod'), 'utf8'), module.stagingVersion)
  if (module.placeholders === undefined) return goMod(module, replaces)
  // Go refuses to overlay files on its module cache, so the module is built from a copy.
  const copy = join(work, 'source')
  await cp(source, copy, { recursive: true, mode: 0 })
  await execa('chmod', ['-R', 'u+w', copy])
  for (const [path, content] of Object.entries(module.placeholders)) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), content)
  }
  return goMod(module, [...replaces, { from: module.path, to: './source' }])
}

/** The folder of a module's sources in Go's own, checksum-verified module cache. Read-only. */
export async function downloadModule(
  go: string,
  { path, version }: Pick<GoModule, 'path' | 'version'>,
): Promise<string> {
  const { stdout } = await runGo(go, ['mod', 'download', '-json', `${path}@${version}`], cacheRoot())
  return (JSON.parse(stdout) as { Dir: string }).Dir
}

export async function runGo(go: string, args: readonly string[], cwd: string): Promise<{ stdout: string }> {
  const env = { CGO_ENABLED: '0', GOWORK: 'off' }
  const run = await execa('nice', ['-n', '10', go, ...args], { cwd, env, reject: false })
  if (run.failed)
    throw new Error([`go ${args[0]} failed`, ...decisiveLines(run.stderr || `${run.shortMessage}`)].join('\n'))
  return { stdout: run.stdout }
}
