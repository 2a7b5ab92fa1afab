/** The keys and certificates of one cluster, as files of one folder. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Authority,
  type Certificate,
  createAuthority,
  createSigningKeys,
  issueCertificate,
} from './certificate.ts'

export interface PkiOptions {
  /** Names and addresses at which clients reach the API server, besides those that every cluster has. */
  apiserverNames?: readonly string[]
  apiserverAddresses: readonly string[]
  /** The kubelets that get a certificate. */
  nodes?: readonly { name: string; addresses: readonly string[] }[]
}

export interface CertificateFiles {
  certificate: string
  key: string
}

/** Absolute paths. */
export interface PkiFiles {
  authority: CertificateFiles
  apiserver: CertificateFiles
  /** A member of system:masters: may do everything, whatever RBAC says. */
  admin: CertificateFiles
  serviceAccounts: { publicKey: string; privateKey: string }
}

export const everyClusterNames = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]

/** Where `writePki` puts the files. */
export function pkiFiles(folder: string): PkiFiles {
  return {
    authority: certificateFiles(folder, 'ca'),
    apiserver: certificateFiles(folder, 'apiserver'),
    admin: certificateFiles(folder, 'admin'),
    serviceAccounts: {
      publicKey: join(folder, 'service-accounts.pub'),
      privateKey: join(folder, 'service-accounts.key'),
    },
  }
}

/** Certificate and key of a kubelet, for its clients and towards the API server. */
export function kubeletFiles(folder: string, node: string): CertificateFiles {
  return certificateFiles(folder, `kubelet-${node}`)
}

/** Makes a new authority and everything it signs. The folder is readable by its owner only. */
export async function writePki(folder: string, options: PkiOptions): Promise<PkiFiles> {
  const files = pkiFiles(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const authority = await createAuthority('tenantry-dev')
  await writeCertificate(files.authority, authority)
  await Promise.all([
    writeApiserver(files.apiserver, authority, options),
    issueCertificate(authority, { commonName: 'admin', organizations: ['system:masters'] }).then(admin =>
      writeCertificate(files.admin, admin),
    ),
    writeServiceAccountKeys(files),
    ...(options.nodes ?? []).map(node => writeKubelet(kubeletFiles(folder, node.name), authority, node)),
  ])
  return files
}

async function writeApiserver(files: CertificateFiles, authority: Authority, options: PkiOptions): Promise<void> {
  const certificate = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    dnsNames: [...everyClusterNames, ...(options.apiserverNames ?? [])],
    ipAddresses: options.apiserverAddresses,
  })
  await writeCertificate(files, certificate)
}

/** The node authorizer knows a kubelet by this name and group. */
async function writeKubelet(
  files: CertificateFiles,
  authority: Authority,
  { name, addresses }: { name: string; addresses: readonly string[] },
): Promise<void> {
  const certificate = await issueCertificate(authority, {
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    dnsNames: [name],
    ipAddresses: addresses,
  })
  await writeCertificate(files, certificate)
}

async function writeServiceAccountKeys({ serviceAccounts }: PkiFiles): Promise<void> {
  const { publicKey, privateKey } = await createSigningKeys()
  await writeFile(serviceAccounts.publicKey, publicKey)
  await writeFile(serviceAccounts.privateKey, privateKey, { mode: 0o600 })
}

async function writeCertificate(files: CertificateFiles, { certificate, key }: Certificate): Promise<void> {
  await writeFile(files.certificate, certificate)
  await writeFile(files.key, key, { mode: 0o600 })
}

function certificateFiles(folder: string, name: string): CertificateFiles {
  return { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
}
