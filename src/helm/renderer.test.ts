/** Against a stand-in for the renderer; the real one is in test/integration. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeDesiredRelease, makeReleaseObject } from '../../test/make/release.ts'
import { type StandIn, writeStandIn } from '../../test/make/stand-in-renderer.ts'
import type { Renderer } from './port.ts'
import { createRenderer, type RendererOptions } from './renderer.ts'

const PATIENT = { timeout: 20_000 }

let folder: string
let standIn: StandIn
let stopping: AbortController
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-renderer-'))
  standIn = await writeStandIn(folder)
  stopping = new AbortController()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  stopping.abort()
  await rm(folder, { recursive: true })
})

const abilities = { kubeVersion: { version: 'v1.36.3', major: '1', minor: '36' }, apiVersions: ['v1'] }

function givenRenderer(options: Partial<RendererOptions> = {}): Renderer {
  return createRenderer({
    file: standIn.file,
    helm: { render: async () => ({ release: makeReleaseObject({ manifest: 'by helm' }) }) },
    charts: { pathOf: async ({ name }) => `/charts/${name}` },
    abilities: async () => abilities,
    privateDir: folder,
    signal: stopping.signal,
    ...options,
  })
}

/** What is rendered, or the reason why it is not. */
async function rendered({ render }: Renderer, name: string): Promise<string> {
  const release = makeDesiredRelease({
    chart: { name, version: '1', digest: name },
    values: { password: 'planted-secret' },
  })
  return render({ release }).then(
    ({ release: { manifest } }) => manifest,
    (error: { reason: string; message: string }) => `${error.reason}: ${error.message.split('acme: ')[1]}`,
  )
}

test('one process renders for all, is told once what the cluster can, and knows nothing of the environment', async () => {
  const renderer = givenRenderer()
  await Promise.all(['one', 'two', 'three'].map(name => rendered(renderer, name)))
  const before = { revision: 4, firstDeployed: '2026-11-21T08:00:00Z', applyMethod: 'ssa' }
  expect((await renderer.render({ release: makeDesiredRelease(), before })).release.manifest).toBe('by the renderer')
  expect(await standIn.seen()).toEqual([
    'started with GOGC,GOMEMLIMIT,PATH',
    'can v1',
    'one for tenant-acme',
    'two for tenant-acme',
    'three for tenant-acme',
    'shop for tenant-acme after 4',
  ])
})

test('it is told again when the cluster can more', async () => {
  let now = abilities
  const renderer = givenRenderer({ abilities: async () => now })
  await rendered(renderer, 'one')
  now = { ...abilities, apiVersions: ['v1', 'apps/v1'] }
  await rendered(renderer, 'two')
  expect((await standIn.seen()).filter(line => line.startsWith('can'))).toEqual(['can v1', 'can v1,apps/v1'])
})

test('a refusal says what helm would have said, without the values; a chart that looks into the cluster is helm’s', async () => {
  const renderer = givenRenderer()
  expect(await rendered(renderer, 'fails')).toBe('RenderFailed: no: [value]')
  expect(await rendered(renderer, 'looks')).toBe('by helm')
})

test('it is found on PATH', async () => {
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  expect(await rendered(givenRenderer({ file: 'renderer' }), 'one')).toBe('by the renderer')
})

test('a renderer that is missing is told of once, and helm renders', async () => {
  let told = 0
  const renderer = givenRenderer({
    file: '/nowhere/renderer',
    onMissing: () => {
      told += 1
    },
  })
  for (const name of ['one', 'two']) expect(await rendered(renderer, name)).toBe('by helm')
  expect(told).toBe(1)
})

test('a chart over its time ends the renderer: helm renders what was beside it, and the next one has a new renderer', async () => {
  const renderer = givenRenderer({ timeoutMs: 3_000 })
  expect(await rendered(renderer, 'one')).toBe('by the renderer')
  const slow = rendered(renderer, 'hangs')
  await expect.poll(standIn.seen, PATIENT).toContain('hangs for tenant-acme')
  // Its time is over a little later.
  const beside = rendered(renderer, 'hangs')
  expect(await slow).toBe('RenderTimedOut: helm took longer than 3 s')
  expect(await beside).toBe('by helm')
  expect(await rendered(renderer, 'two')).toBe('by the renderer')
  expect((await standIn.seen()).filter(line => line.startsWith('started'))).toHaveLength(2)
})

test('a caller that gives up is let go at once, and the renderer goes on for others', async () => {
  const renderer = givenRenderer()
  const givingUp = new AbortController()
  const release = makeDesiredRelease({ chart: { name: 'hangs', version: '1', digest: 'x' } })
  const underWay = renderer.render({ release }, givingUp.signal).catch((error: { reason: string }) => error.reason)
  await expect.poll(standIn.seen, PATIENT).toContain('hangs for tenant-acme')
  givingUp.abort()
  expect([await underWay, await rendered(renderer, 'one')]).toEqual(['RenderAborted', 'by the renderer'])
  expect((await standIn.seen()).filter(line => line.startsWith('started'))).toHaveLength(1)
})

test('a chart over its memory fails, and does not make helm try the same', async () => {
  const renderer = givenRenderer({ memoryMiB: 100 })
  expect(await rendered(renderer, 'swells')).toBe(
    'RenderFailed: it, or another chart rendered beside it, takes more than 200 MiB of memory',
  )
  expect(await rendered(renderer, 'one')).toBe('by the renderer')
})

test('a renderer that ends by itself rests, each time longer, while helm renders', async () => {
  let nowMs = 0
  const renderer = givenRenderer({ nowMs: () => nowMs })
  const restsFor = async (ms: number) => {
    expect(await rendered(renderer, 'dies')).toBe('by helm')
    nowMs += ms - 1
    expect(await rendered(renderer, 'dies')).toBe('by helm')
    expect((await standIn.seen()).filter(line => line.startsWith('dies')).length).toBe(++deaths)
    nowMs += 1
  }
  let deaths = 0
  for (const ms of [1_000, 2_000, 4_000]) await restsFor(ms)
  expect(await rendered(renderer, 'one')).toBe('by the renderer')
  await restsFor(1_000)
})

test('a renderer that says what it never says is ended, and helm renders', async () => {
  const renderer = givenRenderer()
  expect(await rendered(renderer, 'raves')).toBe('by helm')
  expect(await rendered(renderer, 'one')).toBe('by the renderer')
})

test('a renderer with nothing to do ends, and is started again when it is needed', async () => {
  const renderer = givenRenderer({ idleMs: 1 })
  const starts = async () => {
    expect(await rendered(renderer, 'one')).toBe('by the renderer')
    return (await standIn.seen()).filter(line => line.startsWith('started')).length
  }
  await expect.poll(starts, PATIENT).toBeGreaterThan(1)
})

test('when the operator stops, the renderer is ended and what is under way is given up', async () => {
  const renderer = givenRenderer()
  const underWay = rendered(renderer, 'hangs')
  await expect.poll(standIn.seen, PATIENT).toContain('hangs for tenant-acme')
  stopping.abort()
  const aborted = 'RenderAborted: the operator is stopping'
  expect([await underWay, await rendered(renderer, 'one')]).toEqual([aborted, aborted])
})

test('where no file descriptor is left helm renders for now, and the operator lives', PATIENT, async () => {
  const program = `
    const { openSync } = await import('node:fs')
    const { createRenderer } = await import(${JSON.stringify(new URL('renderer.ts', import.meta.url))})
    const renderer = createRenderer({
      file: ${JSON.stringify(standIn.file)},
      helm: { render: async () => 'by helm' },
      charts: { pathOf: async () => '/charts/one' },
      abilities: async () => (${JSON.stringify(abilities)}),
      privateDir: ${JSON.stringify(folder)},
      signal: new AbortController().signal,
      onMissing: () => console.log('missing'),
    })
    await import('node:child_process')
    try { for (;;) openSync('/dev/null') } catch {}
    const release = ${JSON.stringify(makeDesiredRelease())}
    console.log(await renderer.render({ release }))
    setTimeout(() => console.log('alive'), 50)
  `
  const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program]
  const { stdout } = await execa('sh', limited)
  expect(stdout.split('\n')).toEqual(['by helm', 'alive'])
})
