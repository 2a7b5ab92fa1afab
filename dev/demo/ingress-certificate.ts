/**
 * A certificate for every host of a demo cluster, from an authority that exists for this cluster alone. The Ingress made
 * here leads nowhere: the ingress controller takes certificates from any Ingress, and picks one by the name asked for.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, issueCertificate } from '../cluster/control-plane/certificate.ts'
import type { Kubectl } from './kubectl.ts'

/** Below which tenants of the demo have their hosts: browsers resolve every name in it to this machine. */
export const baseDomain = 'localhost'

const name = 'demo-certificate'
const namespace = 'traefik'

/** The authority's certificate as a file that people can trust. */
export function authorityFile(stateDir: string): string {
  return join(stateDir, 'ingress-ca.crt')
}

/** Idempotent: a cluster keeps the certificate it has got. */
export async function installCertificate(kubectl: Kubectl, stateDir: string): Promise<void> {
  const known = await readFile(authorityFile(stateDir), 'utf8').catch(() => undefined)
  if (known !== undefined) return
  const authority = await createAuthority('Tenantry demo')
  const dnsNames = [baseDomain, `*.${baseDomain}`]
  const { certificate, key } = await issueCertificate(authority, { commonName: `*.${baseDomain}`, dnsNames })
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace },
      spec: { tls: [{ hosts: dnsNames, secretName: name }], rules: [{ host: `certificate.${baseDomain}` }] },
    },
  ]
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  await kubectl.run(['apply', '--server-side', '-f', '-'], list)
  await writeFile(authorityFile(stateDir), authority.certificate)
}
