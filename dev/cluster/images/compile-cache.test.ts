import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compileCacheEnv, compileCacheLayer } from './compile-cache.ts'
import { filesLayer, type Layer } from './layer.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-compile-cache-'))
  vi.stubEnv('TENANTRY_CACHE', join(folder, 'cache'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const main =
  "const hello: string = 'hello'\nif (process.argv[2] === 'late') await import('./late.ts')\nconsole.log(hello)\n"

const sources = filesLayerOf({ 'src/main.ts': main, 'src/late.ts': 'export const late: string = ""\n' })

function filesLayerOf(files: Record<string, string>): () => Promise<Layer> {
  return () =>
    filesLayer('sources', '1', async target => {
      await mkdir(join(target, 'app/src'), { recursive: true })
      for (const [path, text] of Object.entries(files)) await writeFile(join(target, 'app', path), text)
    })
}

test('a program in another place takes from the cache what was loaded when the layer was made', async () => {
  const layers = [await sources()]
  const uid = process.getuid?.() ?? 0
  const node = process.execPath
  const layer = await compileCacheLayer('app', { node, layers, runs: [['src/main.ts']], uid })
  const image = join(folder, 'image')
  await mkdir(image)
  for (const { path } of [...layers, layer]) await execa('tar', ['--extract', '--file', path, '--directory', image])
  expect((await readdir(join(image, 'app'))).sort()).toEqual(['.compile-cache', 'src'])

  const env = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...envAt(image) }
  const { stdout, stderr } = await execa(node, ['src/main.ts', 'late'], { cwd: join(image, 'app'), env })
  expect(`${stdout}${stderr}`).toContain('hello')
  const accepted = [...`${stdout}${stderr}`.matchAll(/V8 code cache for \w+ \S*\/(\w+\.ts) was (accepted|rejected)/g)]
  expect([...new Set(accepted.map(([, file, how]) => `${file} ${how}`))]).toEqual(['main.ts accepted'])
})

test('the cache is that of the user of the image, whoever makes it', async () => {
  const made = { node: process.execPath, layers: [await sources()], runs: [['src/main.ts']], uid: 65532 }
  const { path } = await compileCacheLayer('app', made)
  const { stdout } = await execa('tar', ['--list', '--file', path])
  const folders = stdout.split('\n').filter(file => file.endsWith('/'))
  expect(folders.at(-1)).toMatch(/^\.\/app\/\.compile-cache\/v\d+.*-65532\/$/)
})

function envAt(image: string): Record<string, string> {
  const pairs = compileCacheEnv.map(line => line.replace('=/app', `=${image}/app`).split('=') as [string, string])
  return Object.fromEntries(pairs)
}
