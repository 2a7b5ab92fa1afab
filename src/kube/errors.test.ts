import { expect, test } from 'vitest'
import { causeOf, KubeError } from './errors.ts'

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
