/** The real renderer, without a cluster: what a hostile chart and the operator's death do to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderer as rendererProgram } from '../../dev/cluster/binaries/renderer.ts'
import type { Renderer } from '../../src/helm/port.ts'
import { createRenderer, type RendererOptions } from '../../src/helm/renderer.ts'
import { makeDesiredRelease } from '../make/release.ts'

const ENDLESS = '{{ range until 100000 }}{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}{{ end }}'
/** Each doubling is done and forgotten but for the last, which the next one needs. */
const SWELLING = '{{ $text := "0123456789abcdef" }}{{ range $i := until 40 }}{{ $text = cat $text $text }}{{ end }}'
const CHARTS = {
  endless: ENDLESS,
  swelling: SWELLING,
  quick: 'a: b',
}

let folder: string
let file: string
const stopping = new AbortController()
beforeAll(async () => {
  file = await rendererProgram()
  folder = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
  for (const [name, text] of Object.entries(CHARTS)) {
    await mkdir(join(folder, name, 'templates'), { recursive: true })
    await writeFile(join(folder, name, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`)
    await writeFile(join(folder, name, 'templates/NOTES.txt'), text)
  }
})
afterAll(async () => {
  stopping.abort()
  await rm(folder, { recursive: true, force: true })
})

const abilities = { kubeVersion: { version: 'v1.36.3', major: '1', minor: '36' }, apiVersions: ['v1'] }

function givenRenderer(options: Partial<RendererOptions>): Renderer {
  return createRenderer({
    file,
    helm: { render: () => Promise.reject(new Error('helm was asked')) },
    charts: { pathOf: async ({ name }) => join(folder, name) },
    abilities: async () => abilities,
    privateDir: folder,
    signal: stopping.signal,
    ...options,
  })
}

async function outcome({ render }: Renderer, name: string): Promise<string> {
  const release = makeDesiredRelease({ chart: { name, version: '0.1.0', digest: name } })
  return render({ release }).then(
    ({ release: { info } }) => String(info.notes),
    (error: { reason?: string; message: string }) => `${error.reason}: ${error.message}`,
  )
}

test('a chart without end holds nobody up, and is ended with its renderer', async () => {
  const renderer = givenRenderer({ timeoutMs: 6_000 })
  const endless = outcome(renderer, 'endless')
  for (let times = 0; times < 5; times += 1) expect(await outcome(renderer, 'quick')).toBe('a: b')
  expect(await endless).toContain('RenderTimedOut')
  expect(await outcome(renderer, 'quick')).toBe('a: b')
})

test('a chart that wants all memory fails before it has it', async () => {
  const renderer = givenRenderer({ memoryMiB: 64 })
  expect(await outcome(renderer, 'swelling')).toContain('takes more than 128 MiB of memory')
  expect(await outcome(renderer, 'quick')).toBe('a: b')
})

/** Asks for a chart without end, tells the renderer's process id, and waits to be killed. */
const OPERATOR = `
const { spawn } = await import('node:child_process')
const renderer = spawn(process.argv[1], [], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] })
for (const line of JSON.parse(process.argv[2])) renderer.stdin.write(JSON.stringify(line) + '\\n')
renderer.stdout.once('data', () => console.log(renderer.pid))
setInterval(() => {}, 1000)
`

test('an operator that is killed leaves no renderer behind, though a chart without end is under way', async () => {
  const request = (id: number, chart: string) => ({
    id,
    chart: join(folder, chart),
    digest: chart,
    name: 'a',
    namespace: 'a',
    values: '{}',
  })
  const lines = JSON.stringify([{ abilities }, request(1, 'endless'), request(2, 'quick')])
  const operator = spawn(process.execPath, ['--input-type=module', '--eval', OPERATOR, file, lines], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [pid] = await once(createInterface({ input: operator.stdout }), 'line')
  expect(existsSync(`/proc/${pid}`)).toBe(true)
  operator.kill('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false)
})
