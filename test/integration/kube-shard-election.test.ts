/** Candidates in processes of their own, which are stopped, held up and killed, against a real API server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
const candidates: ChildProcess[] = []
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-shard-election')
})
beforeEach(async () => {
  await environment.connect().kube.delete(LEASE)
})
afterEach(() => {
  for (const candidate of candidates.splice(0)) candidate.kill('SIGKILL')
})
afterAll(() => environment?.stop())

const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: 'default',
  name: 'tenantry-shard-0-of-1',
}
const LEASE_MS = 3_000

interface Line {
  readonly atMs: number
  readonly who: string
  readonly what: string
}

function startCandidates(...names: string[]) {
  const lines: Line[] = []
  const processes = names.map(who => {
    const script = join(import.meta.dirname, 'kube-candidate.ts')
    const candidate = spawn(process.execPath, [script, environment.kubeconfig, who], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    candidates.push(candidate)
    createInterface({ input: candidate.stdout }).on('line', line => {
      const [atMs = '', ...what] = line.split(' ')
      lines.push({ atMs: Number(atMs), who, what: what.join(' ') })
    })
    return candidate
  })
  const find = (who: string, what: string) => lines.find(line => line.who === who && line.what === what)
  const until = async (who: string, what: string) => {
    await expect.poll(() => find(who, what), { timeout: 20_000 }).toBeDefined()
    return find(who, what) as Line
  }
  return { lines, processes, until }
}

/** Starts the second only when the first holds the lease. */
async function givenHolderAndCandidate() {
  const first = startCandidates('first')
  await first.until('first', 'holds')
  const second = startCandidates('second')
  await second.until('second', 'ready')
  return { first, second, holder: first.processes[0] as ChildProcess }
}

const now = () => Number(process.hrtime.bigint() / 1_000_000n)

test('of several candidates one is elected, and stays it for as long as it renews the lease', async () => {
  const { lines, until } = startCandidates('a', 'b', 'c')
  for (const name of ['a', 'b', 'c']) await until(name, 'ready')
  const { kube } = environment.connect()
  const heldForMs = async () => {
    const spec = (await kube.get(LEASE))?.spec as { renewTime: string; acquireTime: string } | undefined
    return spec === undefined ? 0 : Date.parse(spec.renewTime) - Date.parse(spec.acquireTime)
  }
  await expect.poll(heldForMs, { timeout: 20_000 }).toBeGreaterThan(LEASE_MS)
  expect(lines.filter(({ what }) => what === 'elected').length).toBe(1)
})

test('a holder that ends well gives the lease back, and the other need not wait for it', async () => {
  const { second, first, holder } = await givenHolderAndCandidate()
  const askedMs = now()
  holder.kill('SIGTERM')
  const { atMs } = await second.until('second', 'holds')
  const released = first.lines.find(({ what }) => what === 'does not hold')
  expect(released?.atMs).toBeLessThanOrEqual(atMs)
  expect(atMs - askedMs).toBeLessThan(LEASE_MS)
})

test('after the death of the holder the other takes over, not before the lease has run out', async () => {
  const { second, holder } = await givenHolderAndCandidate()
  const killedMs = now()
  holder.kill('SIGKILL')
  const { atMs } = await second.until('second', 'holds')
  expect(atMs - killedMs).toBeGreaterThan(LEASE_MS - 500)
})

test('a holder that was held up knows that it has lost before it does anything else', async () => {
  const { first, second, holder } = await givenHolderAndCandidate()
  holder.kill('SIGSTOP')
  await second.until('second', 'holds')
  const wokenMs = now()
  holder.kill('SIGCONT')
  const { atMs } = await first.until('first', 'does not hold')
  await first.until('first', 'lost')
  expect(atMs - wokenMs).toBeLessThan(1_000)
  expect(first.lines.filter(({ what }) => what === 'holds').length).toBe(1)
})

test('a holder that cannot reach the API server stops before another may begin, and goes on if none has begun', async () => {
  const { first } = await givenHolderAndCandidate()
  const killedMs = now()
  await environment.killApiServer()
  const { atMs } = await first.until('first', 'does not hold')
  expect(atMs - killedMs).toBeLessThan(LEASE_MS)
  await environment.startApiServer()
  await first.until('first', 'regained')
  expect(first.lines.map(({ what }) => what).slice(-2)).toEqual(['regained', 'holds'])
})
