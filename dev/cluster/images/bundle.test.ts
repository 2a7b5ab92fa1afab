import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bundleLayer } from './bundle.ts'
import { sourcesLayer } from './npm-layers.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-bundle-'))
  vi.stubEnv('TENANTRY_CACHE', join(folder, 'cache'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Prints where each module comes from that is loaded, with its bytes. */
const watching = `import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (url.startsWith('file:')) console.error(url, loaded.source?.length)
    return loaded
  },
})`

test('the operator starts from a few files, without what only a kubeconfig or Proxmox VE needs, and without its packages', async () => {
  const image = join(folder, 'image')
  await mkdir(image)
  for (const layer of [await bundleLayer('operator', 'src/main.ts'), await sourcesLayer('rest', ['package.json'])])
    await execa('tar', ['--extract', '--file', layer.path, '--directory', image])
  expect((await readdir(join(image, 'app'))).sort()).toEqual(['licences', 'package.json', 'src'])

  const hooks = `data:text/javascript,${encodeURIComponent(watching)}`
  const options = ['--import', hooks, 'src/main.js', '--version']
  const { stdout, stderr } = await execa(process.execPath, options, { cwd: join(image, 'app') })
  expect(stdout).toMatch(/^tenantry \d+\.\d+\.\d+$/)
  const loaded = stderr.split('\n').map(line => line.split(' '))
  expect(loaded.map(([url]) => url?.split('/').at(-1))).toContain('main.js')
  expect(loaded.length).toBeLessThan(12)
  // The kinds of all of Kubernetes would be 1.7 MB, the words of zod in all languages a third of one.
  const bytes = loaded.reduce((sum, [, length]) => sum + Number(length), 0)
  expect(bytes).toBeLessThan(1_500_000)
  expect(bytes).toBeGreaterThan(500_000)
  const later = ['client.js', 'execa.js', 'kubeconfig.js', 'service-account.js']
  const made = await readdir(join(image, 'app/src'))
  expect(later.filter(file => !made.includes(file))).toEqual([])
  expect(later.filter(file => loaded.some(([url]) => url?.endsWith(`/${file}`)))).toEqual([])

  const licences = await readdir(join(image, 'app/licences'), { recursive: true })
  expect(licences.map(file => file.toLowerCase())).toEqual(
    expect.arrayContaining(['zod/license', 'pino/license', '@kubernetes/client-node/license']),
  )
})
