import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPrivateFolder } from './private-folder.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'private-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const SCRIPT = `
  const { createPrivateFolder } = await import(${JSON.stringify(new URL('private-folder.ts', import.meta.url).href)})
  console.log((await createPrivateFolder(process.argv[1])).path)
  setInterval(() => {}, 1000)
`

test('what a killed process left behind goes at the next start, and what another one works with stays', async () => {
  const dead = execa(process.execPath, ['--input-type=module', '-e', SCRIPT, parent], { reject: false })
  const [left] = (await once(createInterface({ input: dead.stdout }), 'line')) as [string]
  const living = await createPrivateFolder(parent)
  expect([left, living.path].map(path => existsSync(path))).toEqual([true, true])
  dead.kill('SIGKILL')
  await dead
  await writeFile(join(left, 'kubeconfig'), 'a token')
  const next = await createPrivateFolder(parent)
  expect([left, living.path, next.path].map(path => existsSync(path))).toEqual([false, true, true])
  await Promise.all([living.remove(), next.remove()])
  expect([living.path, next.path].map(path => existsSync(path))).toEqual([false, false])
})

test('what does not say whose it is stays', async () => {
  const others = ['tenantry-private-begun', 'tenantry-other'].map(name => join(parent, name))
  for (const folder of others) await mkdir(folder)
  await (await createPrivateFolder(parent)).remove()
  expect(others.map(path => existsSync(path))).toEqual([true, true])
})
