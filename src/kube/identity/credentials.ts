/** Who this process is to the API server, and whom it trusts as that. Reads files again when they change. */
import { isDeepStrictEqual } from 'node:util'

export interface Credentials {
  /** Such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** The same object as before where nothing of it changed, so that connections can be kept. */
  readonly tls: TlsIdentity
}

export interface TlsIdentity {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly servername?: string
}

export interface CredentialSource {
  /** Cheap to call for each request. */
  current(): Promise<Credentials>
  /** The server refused these (401). Says whether there is a chance of others. */
  refresh(refused: Credentials): boolean
}

export interface CredentialSourceOptions {
  /** Reads files and runs credential plugins as needed. `anew`: what a plugin said before is not to be used again. */
  readonly load: (anew: boolean) => Promise<Credentials>
  /** How long what was loaded is used without looking again. Tokens are rotated minutes before they run out. */
  readonly maxAgeMs?: number
  /** At most so often is everything loaded anew because it was refused. */
  readonly minRefreshMs?: number
  /** Milliseconds on a monotonic clock. */
  readonly now?: () => number
}

export function createCredentialSource({
  load,
  maxAgeMs = 10_000,
  minRefreshMs = 5_000,
  now = () => performance.now(),
}: CredentialSourceOptions): CredentialSource {
  let cached: { credentials: Credentials; loadedMs: number } | undefined
  let loading: Promise<Credentials> | undefined
  let refused = false
  let refreshedMs = Number.NEGATIVE_INFINITY

  const reload = async () => {
    const anew = refused
    const loaded = await load(anew)
    if (anew) refused = false
    const known = cached?.credentials.tls
    const credentials = isDeepStrictEqual(known, loaded.tls) && known ? { ...loaded, tls: known } : loaded
    cached = { credentials, loadedMs: now() }
    return credentials
  }

  return {
    async current() {
      if (cached !== undefined && !refused && now() - cached.loadedMs < maxAgeMs) return cached.credentials
      loading ??= reload().finally(() => {
        loading = undefined
      })
      return loading
    },
    refresh(used) {
      // Others may have been refused at the same time, and one of them brought new credentials already.
      if (cached !== undefined && cached.credentials !== used) return true
      if (refused) return true
      if (now() - refreshedMs < minRefreshMs) return false
      refreshedMs = now()
      refused = true
      return true
    },
  }
}
