import { pino } from 'pino'
import { expect, test } from 'vitest'
import { foundSecrets, secretValues } from '../../test/e2e/secret-search.ts'
import { createLogger, loggerOptions } from './logger.ts'

const secret = {
  metadata: { name: 'tenantry-admin', namespace: 'tenant-acme' },
  data: { password: Buffer.from('planted-secret').toString('base64') },
}
const planted = secretValues(secret)
const carriers = [
  { object: secret },
  { object: { stringData: { password: 'planted-secret' } } },
  { credentials: { username: 'ada', password: 'planted-secret' } },
  { cluster: { token: 'planted-secret' } },
  { request: { headers: { authorization: 'Bearer planted-secret' } } },
]

test.each(carriers)('a secret in a record is not written: %o', carrier => {
  const lines: string[] = []
  createLogger('info', { write: line => lines.push(line) }).info(carrier, 'applied')
  expect(lines.join('')).toContain('[redacted]')
  expect(foundSecrets(planted, new Map([['the log', lines.join('')]]))).toEqual([])
})

test.each(carriers)('the same search finds it where redaction is switched off: %o', carrier => {
  const lines: string[] = []
  const { redact: _, ...without } = loggerOptions
  pino(without, { write: line => lines.push(line) }).info(carrier, 'applied')
  expect(foundSecrets(planted, new Map([['the log', lines.join('')]]))).toHaveLength(1)
})
