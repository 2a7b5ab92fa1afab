/**
 * A layer with a program as a few files: its sources, and of its packages what they use. To a process each module costs
 * more memory than its text has, and five of six come from packages.
 */

import { cp, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { filesLayer, type Layer } from './layer.ts'
import { appFolder, digest, findPackages, findSources, repository } from './npm-layers.ts'

/** What is loaded later has a file of its own, named after its module. Names and lines stay, for the traces of errors. */
const output = { format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js', minify: false } as const
const licence = /^(licen[cs]e|notice|copying)/i

/** `entry` such as src/main.ts becomes src/main.js below `appFolder`, and every other file lies beside it. */
export async function bundleLayer(name: string, entry: string): Promise<Layer> {
  const { version } = await packageAt('node_modules/rolldown')
  const [sources, packages] = [await findSources([dirname(entry)]), await findPackages('')]
  const key = digest(JSON.stringify([version, entry, output, sources.key, packages.key]))
  return filesLayer(`${name}-bundle`, key, async folder => {
    // It takes its time to load, and the layer is there nearly always.
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: join(repository, entry), cwd: repository, platform: 'node' })
    const made = await bundle.write({ ...output, dir: join(folder, appFolder, dirname(entry)) })
    await bundle.close()
    const modules = made.output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []))
    for (const from of new Set(modules.flatMap(packageOf))) await copyLicence(from, folder)
  })
}

/** The folder of the package that a file is of, wherever it is nested. */
function packageOf(file: string): string[] {
  const found = /^(?<folder>.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.groups?.folder
  return found === undefined ? [] : [found]
}

/** Beside the bundle, as most of them ask for. */
async function copyLicence(from: string, folder: string): Promise<void> {
  const name = relative(repository, from).replaceAll(/(?<=^|\/)node_modules\//g, '')
  const files = (await readdir(from)).filter(file => licence.test(file))
  for (const file of files) await cp(join(from, file), join(folder, appFolder, 'licences', name, file))
}

async function packageAt(path: string): Promise<{ version: string }> {
  return JSON.parse(await readFile(join(repository, path, 'package.json'), 'utf8')) as { version: string }
}
