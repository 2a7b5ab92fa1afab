/** Makes keys and X.509 certificates. PEM in, PEM out; touches no file. */

import 'reflect-metadata'
import { randomBytes, type webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type GeneralNameType,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** PEM: a certificate and its PKCS#8 private key. */
export interface Certificate {
  certificate: string
  key: string
}

export interface Authority extends Certificate {
  issuer: string
  signingKey: webcrypto.CryptoKey
}

export interface Subject {
  commonName: string
  /** Kubernetes takes these as the groups of a user. */
  organizations?: readonly string[]
  dnsNames?: readonly string[]
  ipAddresses?: readonly string[]
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const validForMs = 365 * 24 * 3_600_000
/** Clocks in virtual machines are sometimes behind. */
const backdatedByMs = 3_600_000

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...term(),
    name: subjectName({ commonName }),
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const key = await privatePem(keys.privateKey)
  return { certificate: certificate.toString('pem'), key, issuer: certificate.subject, signingKey: keys.privateKey }
}

/** A certificate that may stand on both ends of a connection, as the servers and clients of a cluster do. */
export async function issueCertificate(authority: Authority, subject: Subject): Promise<Certificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    ...term(),
    subject: subjectName(subject),
    issuer: authority.issuer,
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      ...alternativeNames(subject),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await privatePem(keys.privateKey) }
}

/** PEM: a key pair with which service account tokens are signed and checked. */
export async function createSigningKeys(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const publicKey = PemConverter.encode(await crypto.subtle.exportKey('spki', keys.publicKey), 'PUBLIC KEY')
  return { publicKey, privateKey: await privatePem(keys.privateKey) }
}

function term() {
  const now = Date.now()
  return {
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now - backdatedByMs),
    notAfter: new Date(now + validForMs),
    signingAlgorithm: algorithm,
  }
}

function subjectName({ commonName, organizations = [] }: Subject): JsonName {
  return [...organizations.map(organization => ({ O: [organization] })), { CN: [commonName] }]
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: Subject): SubjectAlternativeNameExtension[] {
  const names = [
    ...dnsNames.map(value => ({ type: 'dns' as GeneralNameType, value })),
    ...ipAddresses.map(value => ({ type: 'ip' as GeneralNameType, value })),
  ]
  return names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}
