import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubeconfig, parseKubeconfig } from './kubeconfig.ts'
import { type CertificateFiles, kubeletFiles, type PkiFiles, writePki } from './pki.ts'

let folder: string
let pki: PkiFiles

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'pki-')), 'pki')
  pki = await writePki(folder, {
    apiserverNames: ['api.example'],
    apiserverAddresses: ['127.0.0.1', '10.96.0.1'],
    nodes: [{ name: 'node1', addresses: ['10.244.0.1'] }],
  })
})
afterAll(() => rm(join(folder, '..'), { recursive: true }))

async function read({ certificate, key }: CertificateFiles) {
  const parsed = new X509Certificate(await readFile(certificate))
  return { certificate: parsed, key: createPrivateKey(await readFile(key)) }
}

test('every certificate is signed by the authority, belongs to its key and is valid now', async () => {
  const authority = await read(pki.authority)
  expect([authority.certificate.ca, authority.certificate.checkPrivateKey(authority.key)]).toEqual([true, true])
  for (const files of [pki.apiserver, pki.admin, kubeletFiles(folder, 'node1')]) {
    const { certificate, key } = await read(files)
    expect(certificate.checkPrivateKey(key)).toBe(true)
    expect(certificate.checkIssued(authority.certificate)).toBe(true)
    expect(certificate.verify(authority.certificate.publicKey)).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now())
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * 24 * 3_600_000)
  }
})

test('the API server is known by its names and addresses', async () => {
  const { certificate } = await read(pki.apiserver)
  const names = ['localhost', 'kubernetes.default.svc', 'api.example']
  expect(names.map(name => certificate.checkHost(name))).toEqual(names)
  expect(['127.0.0.1', '10.96.0.1', '10.0.0.9'].map(address => certificate.checkIP(address))).toEqual([
    '127.0.0.1',
    '10.96.0.1',
    undefined,
  ])
})

test('users and groups stand in the subject', async () => {
  expect((await read(pki.admin)).certificate.subject).toBe('O=system:masters\nCN=admin')
  const kubelet = (await read(kubeletFiles(folder, 'node1'))).certificate
  expect([kubelet.subject, kubelet.checkIP('10.244.0.1')]).toEqual([
    'O=system:nodes\nCN=system:node:node1',
    '10.244.0.1',
  ])
})

test('the keys of service accounts belong together', async () => {
  const privateKey = createPrivateKey(await readFile(pki.serviceAccounts.privateKey))
  const publicKey = createPublicKey(await readFile(pki.serviceAccounts.publicKey))
  expect(createPublicKey(privateKey).equals(publicKey)).toBe(true)
})

test('nobody else can read a key', async () => {
  const keys = (await readdir(folder)).filter(name => name.endsWith('.key')).map(name => join(folder, name))
  const modes = await Promise.all([folder, ...keys].map(async path => (await stat(path)).mode & 0o777))
  expect(modes).toEqual([0o700, ...keys.map(() => 0o600)])
})

test('a kubeconfig gives back what it was made of', () => {
  const access = { server: 'https://127.0.0.1:6443', authority: 'CA', certificate: 'CERT', key: 'KEY' }
  expect(parseKubeconfig(kubeconfig('demo', access))).toEqual(access)
})
