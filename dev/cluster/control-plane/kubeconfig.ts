/** Writes kubeconfigs that need no other file, and reads them back. */

import { readFile, writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { CertificateFiles } from './pki.ts'

export interface Access {
  /** URL of the API server. */
  server: string
  /** PEM. */
  authority: string
  certificate: string
  key: string
}

/** `name` is that of cluster, user and context. */
export function kubeconfig(name: string, { server, authority, certificate, key }: Access): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

const pem = z.string().transform(text => Buffer.from(text, 'base64').toString())
const schema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': pem }) })]),
  users: z.tuple([z.object({ user: z.object({ 'client-certificate-data': pem, 'client-key-data': pem }) })]),
})

/** Understands one cluster and one user with a client certificate, all inline: ours and kind's. */
export function parseKubeconfig(text: string): Access {
  const { clusters, users } = schema.parse(parse(text))
  const [{ cluster }] = clusters
  const [{ user }] = users
  return {
    server: cluster.server,
    authority: cluster['certificate-authority-data'],
    certificate: user['client-certificate-data'],
    key: user['client-key-data'],
  }
}

/** Writes a kubeconfig, readable by its owner only, for the holder of a certificate. */
export async function writeKubeconfig(
  file: string,
  { name, server }: { name: string; server: string },
  authorityFile: string,
  user: CertificateFiles,
): Promise<void> {
  const [authority, certificate, key] = await Promise.all([
    readFile(authorityFile, 'utf8'),
    readFile(user.certificate, 'utf8'),
    readFile(user.key, 'utf8'),
  ])
  await writeFile(file, kubeconfig(name, { server, authority, certificate, key }), { mode: 0o600 })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
