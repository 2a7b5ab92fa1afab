/** The simulator as a program, as a person with curl uses it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Program {
  readonly child: ChildProcessWithoutNullStreams
  /** The next line that it prints. */
  line(): Promise<string>
}

function start(...args: string[]): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--port', '0', ...args])
  endings.push(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, line: async () => String((await lines.next()).value) }
}

function ask(method: string, url: string, body?: unknown): Promise<{ status: number; reason: string; text: string }> {
  return new Promise((resolve, reject) => {
    // It makes its certificate itself and prints no more than its address; whoever answers there is this test's own child.
    const outgoing = request(url, { method, agent: false, rejectUnauthorized: false }, async response => {
      let text = ''
      for await (const part of response) text += part
      resolve({ status: response.statusCode ?? 0, reason: response.statusMessage ?? '', text })
    })
    outgoing.on('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

test('the program says where it is, shows its state, and is told over HTTP, by lines and by a file what goes wrong', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-proxmox-'))
  endings.push(() => rm(folder, { recursive: true }))
  const faults = join(folder, 'faults.json')
  const call = 'GET /version'
  await writeFile(faults, JSON.stringify([{ call, kind: 'error', message: 'as the file says', times: 1 }]))
  const { child, line } = start('--nodes', '2', '--speed', '50', '--faults', faults)
  const urls = (await line()).split(' ')
  expect(urls).toEqual([1, 2].map(() => expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/)))
  const [url = ''] = urls

  const page = await ask('GET', url)
  expect([page.status, page.text]).toEqual([200, expect.stringMatching(/pve1[\s\S]*pve2/)])
  const version = async () => {
    const { status, reason } = await ask('GET', `${url}/api2/json/version`)
    return `${status} ${reason}`
  }
  const NO_TICKET = '401 No ticket'
  expect([await version(), await version()]).toEqual(['500 as the file says', NO_TICKET])

  await ask('POST', `${url}/sim/faults`, [{ call, kind: 'unreachable' }])
  expect(await version()).toBe('595 Connection timed out')
  await ask('DELETE', `${url}/sim/faults`)
  expect(await version()).toBe(NO_TICKET)
  await ask('POST', `${url}/sim/faults`, [{ call, kind: 'latency', ms: 20_000, times: 1 }])
  const sinceMs = performance.now()
  expect(await version()).toBe(NO_TICKET)
  // Fifty seconds pass in it in one.
  expect(performance.now() - sinceMs).toBeGreaterThan(390)

  const online = async () => {
    const { nodes } = JSON.parse((await ask('GET', `${url}/sim/state`)).text) as { nodes: { online: boolean }[] }
    return nodes.map(node => node.online)
  }
  await ask('POST', `${url}/sim/control`, { action: 'node-down', node: 'pve2' })
  expect(await online()).toEqual([true, false])
  await ask('POST', `${url}/sim/reset`)
  expect(await online()).toEqual([true, true])
  child.stdin.write('node-down pve2\n')
  expect([await line(), await online()]).toEqual(['ok', [true, false]])
  expect(await ask('POST', `${url}/sim/control`, { action: 'dance' })).toMatchObject({
    status: 400,
    text: expect.stringContaining('there is no command dance'),
  })
})
