/** The operator as a process of its own: what becomes of it, and of its work, on a signal. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { startProgram } from './operator-program.ts'
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

/** A helm that says it has begun, and never ends. */
async function writeHangingHelm(): Promise<{ helm: string; begun: string }> {
  const [helm, begun] = ['helm', 'begun'].map(name => join(folder, name)) as [string, string]
  await writeFile(helm, `#!/bin/sh\ntouch ${begun}\nexec sleep 600\n`, { mode: 0o755 })
  return { helm, begun }
}

test('on SIGTERM while helm hangs it ends the pass, gives its lease back and ends well', async () => {
  const { helm, begun } = await writeHangingHelm()
  const operator = startProgram({ kubeconfig: environment.kubeconfig, helm })
  await environment.apply(tenantManifest('acme'))
  await eventually(
    async () => existsSync(begun),
    started => started,
  )
  operator.kill('SIGTERM')
  const { exitCode, signal, stdout } = await operator.ended
  expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: undefined })
  expect(stdout.trim().split('\n').at(-1)).toContain('"stopped"')
  const lease = await environment.get('lease', 'tenantry-shard-0-of-1', 'tenantry-system')
  expect(lease).toBeDefined()
  expect(lease?.spec).not.toMatchObject({ holderIdentity: expect.stringMatching(/./) })
  const acme = await environment.get('tenants.tenantry.dev', 'acme')
  expect(JSON.stringify(acme?.status)).toContain('its chart to be rendered')
})
