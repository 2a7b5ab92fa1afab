/** A certificate authority for one test. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { ServerCertificate } from './postgres.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function createAuthority() {
  const keys = await newKeys()
  const name = `CN=test ${webcrypto.randomUUID()}`
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  return {
    certificate: certificate.toString('pem'),
    /** For a server that is reached by this host name. */
    async issue(host: string): Promise<ServerCertificate> {
      const { publicKey, privateKey } = await newKeys()
      const issued = await X509CertificateGenerator.create({
        subject: `CN=${host}`,
        issuer: name,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
      })
      const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')
      return { certificate: issued.toString('pem'), key }
    },
  }
}

function newKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
