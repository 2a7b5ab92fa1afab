import { expect, test } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import { parseCredentials, registryConfig, repositoriesFile } from './credentials.ts'

function secret(data: Record<string, string>): KubeObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const metadata = { name: 'charts', namespace: 'tenantry-system' }
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(encoded) }
}

test('a Secret is used for the repositories that it names itself', () => {
  const found = secret({
    repository: 'https://charts.example.com/stable/',
    username: 'u',
    password: 'p',
    'ca.crt': 'c',
  })
  const expected = { username: 'u', password: 'p', ca: 'c' }
  expect(parseCredentials(found, 'https://charts.example.com/stable')).toEqual(expected)
  expect(parseCredentials(found, 'https://charts.example.com/stable/more')).toEqual(expected)
})

test.each([
  ['https://charts.example.com/stable', 'https://evil.example/stable'],
  ['https://charts.example.com/stable', 'https://charts.example.com/stable-not'],
  ['https://charts.example.com', 'https://charts.example.com.evil.example'],
  ['https://charts.example.com', 'http://charts.example.com'],
  ['', 'https://charts.example.com'],
])('a Secret for %j is not sent to %s', (repository, asked) => {
  const refused = expect.objectContaining({ reason: 'CredentialsRefused' })
  expect(() => parseCredentials(secret({ repository, username: 'u', password: 'p' }), asked)).toThrow(refused)
})

test('the credentials of a tenant, which are kept beside, are for no repository', () => {
  const kept = secret({ username: 'ada@acme.example', password: 'p' })
  expect(() => parseCredentials(kept, 'https://evil.example')).toThrow('says not for which repository it is')
})

test('helm reads them in its own two forms, or in that of docker', () => {
  const given = { username: 'u', password: 'p"x' }
  expect(JSON.parse(registryConfig('oci://registry.example:5000/charts', given))).toEqual({
    auths: { 'registry.example:5000': { auth: Buffer.from('u:p"x').toString('base64') } },
  })
  expect(JSON.parse(repositoriesFile('https://charts.example.com', given, '/ca.crt'))).toEqual({
    apiVersion: '',
    repositories: [{ name: 'source', url: 'https://charts.example.com', ...given, caFile: '/ca.crt' }],
  })
  expect(registryConfig('oci://registry.example', { ...given, dockerConfig: '{"auths":{}}' })).toBe('{"auths":{}}')
  expect(registryConfig('oci://registry.example', {})).toBe('{}')
})
