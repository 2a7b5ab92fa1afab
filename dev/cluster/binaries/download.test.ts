import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentProgress } from '../progress.ts'
import { fetchChecksum, type Reachability, saveVerified } from './download.ts'
import { saveProgram } from './release.ts'

let folder: string
let server: Server
let origin: string
let served: Record<string, Buffer | string>
let asked: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'))
  served = {}
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const body = served[request.url ?? '']
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

const sumOf = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
const unknown = (): Reachability => ({ silent: new Map(), someHostAnswered: false })

test('a program that matches its published sum is saved, ready to run', async () => {
  served = { '/tool': '#!/bin/sh\n', '/tool.sha256': sumOf('#!/bin/sh\n') }
  const asset = { url: `${origin}/tool`, checksumUrl: `${origin}/tool.sha256` }
  expect(await saveProgram('tool', asset, join(folder, 'tool'), silentProgress)).toBeUndefined()
  expect(await readFile(join(folder, 'tool'), 'utf8')).toBe('#!/bin/sh\n')
  expect((await stat(join(folder, 'tool'))).mode & 0o777).toBe(0o755)
})

test('a program is taken out of its archive, and nothing else stays', async () => {
  await mkdir(join(folder, 'source/tool-v1'), { recursive: true })
  await writeFile(join(folder, 'source/tool-v1/tool'), 'program', { mode: 0o755 })
  await writeFile(join(folder, 'source/tool-v1/README'), 'text')
  await execa('tar', ['-czf', join(folder, 'a.tgz'), '-C', join(folder, 'source'), 'tool-v1'])
  const archive = await readFile(join(folder, 'a.tgz'))
  served = { '/a.tgz': archive, '/sums': `${sumOf(archive)}  a.tgz\n` }
  await mkdir(join(folder, 'target'))
  const asset = { url: `${origin}/a.tgz`, checksumUrl: `${origin}/sums`, member: 'tool-v1/tool' }
  expect(await saveProgram('tool', asset, join(folder, 'target/tool'), silentProgress)).toBeUndefined()
  expect(await readdir(join(folder, 'target'))).toEqual(['tool'])
  expect(await readFile(join(folder, 'target/tool'), 'utf8')).toBe('program')
})

test('what does not match its published sum is an error, not a reason to look elsewhere', async () => {
  served = { '/tool': 'tampered' }
  const saving = saveVerified(`${origin}/tool`, sumOf('genuine'), join(folder, 'tool'))
  await expect(saving).rejects.toThrow(`its SHA-256 is ${sumOf('tampered')}, but ${sumOf('genuine')} is published`)
})

test('an answer that is no file refuses with its status', async () => {
  expect(await fetchChecksum(`${origin}/tool`, `${origin}/sums`, unknown())).toEqual({
    refusal: `${origin}/sums answered 404`,
  })
  expect(await saveVerified(`${origin}/tool`, sumOf(''), join(folder, 'tool'))).toBe(`${origin}/tool answered 404`)
})

test('where the first host is silent, no other is asked', async () => {
  const known = unknown()
  const closed = 'http://127.0.0.1:1'
  const first = await fetchChecksum(`${closed}/tool`, `${closed}/sums`, known)
  expect(first).toEqual({ refusal: expect.stringContaining('127.0.0.1:1 cannot be reached') })
  expect(await fetchChecksum(`${origin}/tool`, `${origin}/sums`, known)).toEqual(first)
  expect(asked).toEqual([])
})

test('where some host has answered, a silent one speaks for itself only', async () => {
  served = { '/sums': sumOf('x') }
  const known = unknown()
  await fetchChecksum(`${origin}/tool`, `${origin}/sums`, known)
  await fetchChecksum('http://127.0.0.1:1/tool', 'http://127.0.0.1:1/sums', known)
  expect(await fetchChecksum(`${origin}/tool`, `${origin}/sums`, known)).toEqual({ sum: sumOf('x') })
})
