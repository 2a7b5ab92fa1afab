import { expect, test } from 'vitest'
import { makeSpec, TENANT } from '../../test/make/tenant.ts'
import { desiredSecrets } from './credentials.ts'

const labels = {
  'app.kubernetes.io/managed-by': 'tenantry',
  'tenantry.dev/tenant': 'acme',
  'tenantry.dev/tenant-uid': TENANT.uid,
}

function secretNamed(name: string) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'tenant-acme', labels }, type: 'Opaque' }
}

test('the administrator signs in with the address of the owner and a password nobody chose', () => {
  expect(desiredSecrets(TENANT, makeSpec())[0]).toEqual({
    object: secretNamed('tenantry-admin'),
    plain: { username: 'ada@acme.example' },
    randomBytes: { password: 24 },
  })
})

test('the key for tokens is random and has no plain part', () => {
  expect(desiredSecrets(TENANT, makeSpec())[1]).toEqual({
    object: secretNamed('tenantry-jwt'),
    plain: {},
    randomBytes: { key: 48 },
  })
})

test('no key is asked for twice', () => {
  for (const { plain, randomBytes } of desiredSecrets(TENANT, makeSpec())) {
    expect(Object.keys(plain).filter(key => Object.hasOwn(randomBytes, key))).toEqual([])
  }
})
