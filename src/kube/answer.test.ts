import { expect, test } from 'vitest'
import { errorOf, parseAnswer, provesAbsence } from './answer.ts'
import { isExpired, isKindNotServed, isNotFound, KubeError } from './errors.ts'

const QUESTION = { what: 'get ConfigMap acme/a', kind: 'ConfigMap' }

function refusal(status: number, body: string | object, headers: Record<string, string> = {}) {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify({ kind: 'Status', ...body }) }
}

function fieldsOf({ status, reason, message, details, retryAfterMs }: KubeError) {
  return { status, reason, message, details, retryAfterMs }
}

test("a Status becomes an error with the server's reason and message", () => {
  const details = { name: 'a', kind: 'configmaps' }
  const response = refusal(409, { reason: 'AlreadyExists', message: 'configmaps "a" already exists', details })
  expect(fieldsOf(errorOf(QUESTION, response))).toEqual({
    status: 409,
    reason: 'AlreadyExists',
    message: 'Cannot get ConfigMap acme/a: configmaps "a" already exists',
    details,
    retryAfterMs: undefined,
  })
})

test('only a 404 that names the object proves that the object is absent', () => {
  const named = errorOf(QUESTION, refusal(404, { reason: 'NotFound', details: { name: 'a' } }))
  const ofNamespace = errorOf(QUESTION, refusal(404, { reason: 'NotFound', details: { name: 'acme' } }))
  const ofKind = errorOf(QUESTION, refusal(404, { reason: 'NotFound', details: {} }))
  const ofPath = errorOf(QUESTION, refusal(404, '404 page not found'))
  const errors = [named, ofNamespace, ofKind, ofPath]
  expect(errors.map(error => provesAbsence(error, 'a'))).toEqual([true, false, false, false])
  expect(errors.map(isNotFound)).toEqual([true, true, false, false])
  expect(errors.map(isKindNotServed)).toEqual([false, false, true, true])
})

test('what is no Status gets its reason from the HTTP status', () => {
  expect(fieldsOf(errorOf(QUESTION, refusal(503, '<html>', { 'retry-after': '3' })))).toEqual({
    status: 503,
    reason: 'ServiceUnavailable',
    message: 'Cannot get ConfigMap acme/a: the API server answers with status 503',
    details: undefined,
    retryAfterMs: 3000,
  })
})

test('an old resourceVersion is known by its status', () => {
  expect(isExpired(errorOf(QUESTION, refusal(410, { reason: 'Expired' })))).toBe(true)
})

test('an error about a Secret quotes nothing of it', () => {
  const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: "s3cret"', field: 'data[key]' }]
  const body = { reason: 'Invalid', message: 'data: Invalid value: "s3cret"', details: { name: 's', causes } }
  const error = errorOf({ what: 'apply Secret acme/s', kind: 'Secret' }, refusal(422, body))
  expect(error.message).toBe('Cannot apply Secret acme/s: the API server answers Invalid about data[key]')
  expect(JSON.stringify([error, error.message, error.stack])).not.toContain('s3cret')
})

test('a success that is not JSON is an error that does not quote it', () => {
  const response = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>s3cret' }
  const parse = () => parseAnswer(QUESTION, response)
  expect(parse).toThrow(KubeError)
  expect(parse).toThrow('Cannot get ConfigMap acme/a: the answer is not JSON but text/html')
})
