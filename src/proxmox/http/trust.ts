/** Opens TLS connections to endpoints that are proven to be the ones meant. There is no way around the proof. */
import type { TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'

export type Trust =
  /** The authorities that Node knows. */
  | { readonly by: 'system' }
  /** PEM; the certificate has to be for the endpoint's host, too. */
  | { readonly by: 'ca'; readonly ca: string }
  /** SHA-256 of the certificates themselves, in hexadecimal with or without colons; then name and date do not count. */
  | { readonly by: 'fingerprint'; readonly fingerprints: readonly string[] }

/** No connection, or not to whom it should be: nothing was sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
  readonly kind: 'unreachable' | 'untrusted' | 'otherCluster'

  readonly remedy: Remedy

  constructor(message: string, kind: ConnectFailure['kind'], remedy: Remedy = {}) {
    super(message)
    this.kind = kind
    this.remedy = remedy
  }
}

/** What to do about it, where all endpoints are of no use for the same reason, and where this one is beside others. */
interface Remedy {
  readonly alone?: string | undefined
  readonly besides?: string | undefined
}

export function createConnector(trust: Trust, timeoutMs: number): buildConnector.connector {
  const known = trust.by === 'fingerprint' ? new Set(trust.fingerprints.map(normalized)) : undefined
  const connect = buildConnector({
    timeout: timeoutMs,
    // A resumed session shows no certificate.
    maxCachedSessions: 0,
    rejectUnauthorized: known === undefined,
    ...(trust.by === 'ca' ? { ca: trust.ca } : {}),
  })
  return (options, callback) =>
    connect(options, (error, socket) => {
      if (error !== null) return callback(failureOf(error), null)
      const shown = known === undefined ? undefined : fingerprintOf(socket as TLSSocket)
      if (known === undefined || (shown !== undefined && known.has(normalized(shown)))) return callback(null, socket)
      socket.destroy()
      callback(
        new ConnectFailure(`its certificate has the fingerprint ${shown}, which is not trusted`, 'untrusted'),
        null,
      )
    })
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  return socket.getPeerX509Certificate()?.fingerprint256
}

function normalized(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase()
}

/** Codes of OpenSSL and Node, for a certificate that is not proven. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/

function failureOf(error: Error & { code?: unknown }): ConnectFailure {
  const code = typeof error.code === 'string' ? error.code : error.message
  return UNTRUSTED.test(code)
    ? new ConnectFailure(`its certificate is not trusted (${code})`, 'untrusted')
    : new ConnectFailure(code, 'unreachable')
}
