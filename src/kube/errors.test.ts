import { expect, test } from 'vitest'
import { causeOf, isServerTrouble, KubeError } from './errors.ts'

test.each([
  ['Forbidden', 'pods "x" is forbidden: exceeded quota: tenantry, requested: pods=1', 'QuotaExceeded'],
  ['Forbidden', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', 'AdmissionRefused'],
  ['Invalid', "ValidatingAdmissionPolicy 'x' with binding 'y' denied request: no", 'AdmissionRefused'],
  ['Forbidden', 'admission webhook "x" denied the request: no', 'AdmissionRefused'],
  ['InternalError', 'failed calling webhook "x": connection refused', 'WebhookUnavailable'],
  ['Forbidden', 'User "x" cannot create resource "pods"', 'Forbidden'],
])('%s (%s) is told as %s', (reason, message, cause) => {
  expect(causeOf(new KubeError({ status: 403, reason, message }))).toBe(cause)
})

test.each([
  [0, 'Unreachable', '', true],
  [0, 'NoAnswerInTime', '', true],
  [429, 'TooManyRequests', '', true],
  [500, 'InternalError', 'etcdserver: mvcc: database space exceeded', true],
  [503, 'ServiceUnavailable', '', true],
  [200, 'UnreadableAnswer', '', true],
  [500, 'InternalError', 'failed calling webhook "x": connection refused', false],
  [0, 'Closed', '', false],
  [0, 'WriteFenced', '', true],
  [403, 'Forbidden', '', false],
  [409, 'Conflict', '', false],
])('whether %i %s (%s) concerns other requests too: %s', (status, reason, message, expected) => {
  expect(isServerTrouble(new KubeError({ status, reason, message }))).toBe(expected)
})
