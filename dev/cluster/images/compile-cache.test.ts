import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compileCacheEnv, compileCacheLayer } from './compile-cache.ts'
import { filesLayer, type Layer } from './layer.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-compile-cache-'))
  // As where the cache lies on another disk.
  await mkdir(join(folder, 'disk'))
  await symlink(join(folder, 'disk'), join(folder, 'cache'))
  vi.stubEnv('TENANTRY_CACHE', join(folder, 'cache'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const main = `import { part } from './part.ts'
const hello: string = 'hello'
if (process.argv[2] === 'late') await import('./late.ts')
console.log(hello, part)
`

const sources = filesLayerOf({
  'src/main.ts': main,
  'src/part.ts': 'export const part: string = ""\n',
  'src/late.ts': 'export const late: string = ""\n',
})

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
  expect([...new Set(accepted.map(([, file, how]) => `${file} ${how}`))].sort()).toEqual([
    'main.ts accepted',
    'part.ts accepted',
  ])
})

test('the cache is that of the user of the image, who may read it, whoever makes it', async () => {
  const made = { node: process.execPath, layers: [await sources()], runs: [['src/main.ts']], uid: 65532 }
  const { path } = await compileCacheLayer('app', made)
  const { stdout } = await execa('tar', ['--list', '--verbose', '--file', path])
  const [folders, files] = [/^d/, /^-/].map(type => stdout.split('\n').filter(line => type.test(line)))
  expect(folders?.at(-1)).toMatch(/ \.\/app\/\.compile-cache\/v\d+.*-65532\/$/)
  expect(files?.map(line => line.slice(0, 10))).toEqual(Array(4).fill('-rw-r--r--'))
})

function envAt(image: string): Record<string, string> {
  const pairs = compileCacheEnv.map(line => line.replace('=/app', `=${image}/app`).split('=') as [string, string])
  return Object.fromEntries(pairs)
}
