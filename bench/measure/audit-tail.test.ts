import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followAudit } from './audit-tail.ts'

const line = (name: string, more = '') =>
  `${JSON.stringify({
    stage: 'ResponseComplete',
    verb: 'get',
    requestURI: `/api/v1/namespaces/${name}${more}`,
    requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
    user: { username: 'operator' },
    responseStatus: { code: 200 },
    objectRef: { resource: 'namespaces', name },
  })}\n`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('what is appended is read once, and a line that is not complete yet when it is', async () => {
  const file = join(folder, 'appended.log')
  await writeFile(file, line('before'))
  const read = await followAudit(file, 'operator')
  const names = async () => (await read()).map(({ name }) => name)
  expect(await names()).toEqual([])
  await appendFile(file, line('first') + line('second').slice(0, 40))
  expect(await names()).toEqual(['first'])
  await appendFile(file, line('second').slice(40))
  expect(await names()).toEqual(['first', 'second'])
})

test('lines longer than a piece, and many of them, are all there', async () => {
  const file = join(folder, 'long.log')
  await writeFile(file, '')
  const read = await followAudit(file, 'operator')
  await appendFile(file, line('long', `?${'x'.repeat(5_000_000)}`) + line('many').repeat(20_000))
  expect((await read()).length).toBe(20_001)
})

test('a log that was rotated is an error, and not fewer requests', async () => {
  const file = join(folder, 'rotated.log')
  await writeFile(file, line('before'))
  const read = await followAudit(file, 'operator')
  await truncate(file)
  await expect(read()).rejects.toThrow('rotated')
})
