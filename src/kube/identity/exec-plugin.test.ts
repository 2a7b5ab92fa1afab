import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeError } from '../errors.ts'
import { createCredentialSource } from './credentials.ts'
import { createCredentialPlugin, type ExecConfig, type PluginOptions } from './exec-plugin.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exec-plugin-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** A plugin in sh; `$n` is the number of its run. */
async function given(
  script: string,
  { exec, ...more }: Partial<Omit<PluginOptions, 'exec'>> & { exec?: Partial<ExecConfig> } = {},
) {
  const clock = { ms: Date.parse('2026-01-01T00:00:00Z') }
  const runs = join(directory, 'runs')
  await writeFile(runs, '')
  const command = join(directory, 'plugin')
  const count = `echo >> ${runs}; n=$(wc -l < ${runs})`
  await writeFile(command, `#!/bin/sh\n${count}\n${script}\n`, { mode: 0o755 })
  const plugin = createCredentialPlugin({ exec: { command, ...exec }, nowMs: () => clock.ms, ...more })
  return { plugin, clock, command, runs: async () => (await readFile(runs, 'utf8')).length }
}

function printing(status: Record<string, string>): string {
  return `cat <<END\n${JSON.stringify({ kind: 'ExecCredential', status })}\nEND`
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((error: unknown) => error)
  if (error instanceof KubeError && error.reason === 'CredentialsUnusable') return error.message
  throw new Error(`not refused: ${error}`)
}

test('a token is used until a minute before its end', async () => {
  const { plugin, clock, runs } = await given(
    printing({ token: 'run-$n', expirationTimestamp: '2026-01-01T01:00:00Z' }),
  )
  const tokens = [(await plugin(false)).token]
  for (const minutes of [58.9, 0.2]) {
    clock.ms += minutes * 60_000
    tokens.push((await plugin(false)).token)
  }
  expect([tokens, await runs()]).toEqual([['run-1', 'run-1', 'run-2'], 2])
})

test('one that lives for seconds is used for most of them', async () => {
  const { plugin, clock, runs } = await given(
    printing({ token: 'run-$n', expirationTimestamp: '2026-01-01T00:00:10Z' }),
  )
  await plugin(false)
  clock.ms += 7_900
  await plugin(false)
  expect(await runs()).toBe(1)
  clock.ms += 200
  expect((await plugin(false)).token).toBe('run-2')
})

test('one without an end is used until it is refused', async () => {
  const { plugin, clock } = await given(printing({ token: 'run-$n' }))
  await plugin(false)
  clock.ms += 365 * 24 * 3_600_000
  expect([(await plugin(false)).token, (await plugin(true)).token]).toEqual(['run-1', 'run-2'])
})

test('for many who wait it is run once', async () => {
  const { plugin, runs } = await given(`sleep 0.1\n${printing({ token: 'run-$n' })}`)
  const source = createCredentialSource({
    load: async anew => ({ headers: { authorization: (await plugin(anew)).token ?? '' }, tls: {} }),
  })
  const all = await Promise.all(Array.from({ length: 50 }, () => source.current()))
  expect([new Set(all.map(({ headers }) => headers.authorization)), await runs()]).toEqual([new Set(['run-1']), 1])
})

test('one that fails to renew in time is no failure before the end of what it said', async () => {
  const good = printing({ token: 'run-$n', expirationTimestamp: '2026-01-01T01:00:00Z' })
  const { plugin, clock } = await given(`[ $n -gt 1 ] && { echo 'no network' >&2; exit 3; }\n${good}`)
  await plugin(false)
  clock.ms += 59.5 * 60_000
  expect((await plugin(false)).token).toBe('run-1')
  clock.ms += 60_000
  expect(await messageOf(plugin(false))).toContain('failed (3): no network')
})

test('a client certificate may be the credential, and the plugin learns of the cluster where it asks to', async () => {
  const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY' }
  const script = `echo "$KUBERNETES_EXEC_INFO $1 $EXTRA" > ${join(directory, 'info')}\n${printing(status)}`
  const exec = { provideClusterInfo: true, args: ['an argument'], env: [{ name: 'EXTRA', value: 'extra' }] }
  const { plugin } = await given(script, { exec, cluster: { server: 'https://a' } })
  expect(await plugin(false)).toMatchObject(status)
  const spec = { interactive: false, cluster: { server: 'https://a' } }
  const info = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', spec }
  expect((await readFile(join(directory, 'info'), 'utf8')).trim()).toBe(`${JSON.stringify(info)} an argument extra`)
})

test('what a plugin says on its stderr is told where it fails, the token itself never', async () => {
  const leak = `echo 'warning: s3cret-token is about to end' >&2`
  const { plugin, command } = await given(`${leak}\n${printing({ token: 's3cret-token' })}\nexit 1`)
  expect(await messageOf(plugin(false))).toBe(
    `Cannot use the kubeconfig: its credential plugin ${command} failed (1): warning: … is about to end`,
  )
})

test('what a plugin prints instead of a credential is not told', async () => {
  const { plugin, command } = await given(`echo 's3cret'; echo 'wrong version' >&2`)
  expect(await messageOf(plugin(false))).toBe(
    `Cannot use the kubeconfig: its credential plugin ${command} printed no ExecCredential: wrong version`,
  )
})

test('one that hangs is ended, and one that is not there is named with the hint how to get it', async () => {
  const { plugin, command } = await given('exec sleep 60', { timeoutMs: 100 })
  expect(await messageOf(plugin(false))).toBe(
    `Cannot use the kubeconfig: its credential plugin ${command} took longer than 0.1 s`,
  )
  const absent = createCredentialPlugin({ exec: { command: '/absent/plugin', installHint: 'install it from x' } })
  expect(await messageOf(absent(false))).toBe(
    'Cannot use the kubeconfig: its credential plugin /absent/plugin cannot be run (ENOENT): install it from x',
  )
})
