/** The operator as a process of its own: what becomes of it, and of its work, on a signal. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
let folder: string
beforeAll(async () => {
  environment = await startEnvironment('process')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-process-'))
  await environment.apply(planManifest('small'))
})
afterAll(async () => {
  await environment?.stop()
  await rm(folder, { recursive: true })
})

/** A helm that says it has begun, and ends when it is told to. */
async function writeSlowHelm(): Promise<{ helm: string; begun: string; go: string }> {
  const [helm, begun, go] = ['helm', 'begun', 'go'].map(name => join(folder, name)) as [string, string, string]
  const script = `#!/bin/sh\ntouch ${begun}\nwhile [ ! -e ${go} ]; do sleep 0.1; done\necho 'Error: enough' >&2\nexit 1\n`
  await writeFile(helm, script, { mode: 0o755 })
  return { helm, begun, go }
}

test('on SIGTERM while helm runs it finishes the pass, gives its lease back and ends well', async () => {
  const { helm, begun, go } = await writeSlowHelm()
  const ports = ['--health-port=0', '--metrics-port=0']
  const main = resolve('src/main.ts')
  const operator = execa(
    process.execPath,
    [main, `--kubeconfig=${environment.kubeconfig}`, `--helm=${helm}`, ...ports],
    {
      reject: false,
      forceKillAfterDelay: false,
    },
  )
  await environment.apply(tenantManifest('acme'))
  await eventually(
    async () => existsSync(begun),
    started => started,
  )
  operator.kill('SIGTERM')
  await writeFile(go, '')
  const { exitCode, signal, stdout } = await operator
  expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: undefined })
  expect(stdout.trim().split('\n').at(-1)).toContain('"stopped"')
  const lease = await environment.get('lease', 'tenantry-shard-0-of-1', 'tenantry-system')
  expect(lease).toBeDefined()
  expect(lease?.spec).not.toMatchObject({ holderIdentity: expect.stringMatching(/./) })
  expect(JSON.stringify((await environment.get('tenants.tenantry.dev', 'acme'))?.status)).toContain('enough')
})
