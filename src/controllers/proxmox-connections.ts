/**
 * The clients of all ProxmoxClusters: made from spec and Secret, and made anew when either changes. One that nobody has asked
 * for in a while is closed and its token forgotten: its cluster may have gone, become invalid or be another replica's.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { Kube } from '../kube/client.ts'
import { isForbidden } from '../kube/errors.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ClusterProblem } from '../plan/proxmox-cluster-status.ts'
import type { KnownCluster } from '../plan/proxmox-identity.ts'
import type { createProxmox, Proxmox, RequestReport } from '../proxmox/client.ts'
import type { Trust } from '../proxmox/http/trust.ts'
import { parseToken, type Token, type TokenSource } from '../proxmox/token.ts'

export type ProxmoxConnection =
  | { readonly proxmox: Proxmox; readonly tokenId: string; readonly problem?: never }
  | { readonly proxmox?: never; readonly problem: ClusterProblem }

export interface ProxmoxConnections {
  /** Reads the token, so that a rotated one is used from now on. Throws what the API server throws. */
  open(name: string, spec: ProxmoxClusterSpec): Promise<ProxmoxConnection>
  forget(name: string): Promise<void>
  /** Breaks off all requests. */
  close(): Promise<void>
}

export interface ProxmoxConnectionsOptions {
  readonly kube: Pick<Kube, 'get'>
  /** Where the Secrets are. */
  readonly namespace: string
  readonly mayWrite: () => boolean
  /** What tenants have something in, by the name of the ProxmoxCluster. */
  readonly known: (name: string) => KnownCluster | undefined
  readonly idleMs?: number
  readonly onRequest?: (report: RequestReport) => void
  /** Default: the real one. */
  readonly create?: typeof createProxmox
}

interface Open {
  readonly spec: Pick<ProxmoxClusterSpec, 'endpoints' | 'tls' | 'credentialSecretRef'>
  readonly proxmox: Proxmox
  readonly use: (token: Token) => void
  /** Rings when nobody has asked for it in a while. */
  readonly idle: NodeJS.Timeout
}

/** Longer than any pass pauses, or lasts. */
const IDLE_MS = 45 * 60_000

type ReadToken =
  | { readonly token: Token; readonly problem?: never }
  | { readonly token?: never; readonly problem: ClusterProblem }

export function createProxmoxConnections(options: ProxmoxConnectionsOptions): ProxmoxConnections {
  const { kube, namespace, mayWrite, known: knownOf, onRequest, idleMs = IDLE_MS } = options
  const connections = new Map<string, Open>()

  async function readToken(secret: string): Promise<ReadToken> {
    let found: KubeObject | undefined
    try {
      found = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret })
    } catch (error) {
      if (!isForbidden(error)) throw error
      return {
        problem: { reason: 'CredentialsForbidden', message: `The operator may not read its token. ${error.message}` },
      }
    }
    if (found === undefined) {
      const message = `There is no Secret ${secret} in namespace ${namespace}.`
      return { problem: { reason: 'CredentialsMissing', message } }
    }
    const data = (found.data ?? {}) as Readonly<Record<string, string>>
    const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')])
    const { token, wrong } = parseToken(Object.fromEntries(texts))
    if (token !== undefined) return { token }
    const message = `Secret ${secret} in namespace ${namespace} cannot be used: ${wrong}.`
    return { problem: { reason: 'CredentialsInvalid', message } }
  }

  function connect(create: typeof createProxmox, name: string, spec: ProxmoxClusterSpec, first: Token): Open {
    const { endpoints, tls, credentialSecretRef } = spec
    let current = first
    const token: TokenSource = {
      current: async () => current,
      async replacementOf(refused) {
        // Another request may have read the new one meanwhile.
        if (current.secret === refused.secret) current = (await readToken(credentialSecretRef.name)).token ?? current
        return current.secret === refused.secret && current.id === refused.id ? undefined : current
      },
    }
    const proxmox = create({
      endpoints,
      trust: trustOf(tls),
      token,
      mayWrite,
      known: () => knownOf(name),
      ...(onRequest === undefined ? {} : { onRequest }),
    })
    const open = {
      spec: { endpoints, tls, credentialSecretRef },
      proxmox,
      use: (token: Token) => {
        current = token
      },
      idle: setTimeout(() => void forget(name), idleMs).unref(),
    }
    connections.set(name, open)
    return open
  }

  const forget = async (name: string) => {
    const open = connections.get(name)
    connections.delete(name)
    clearTimeout(open?.idle)
    await open?.proxmox.close()
  }

  return {
    async open(name, spec) {
      // With all it needs it takes 30 MB, which an operator without Proxmox VE does without.
      const { create = (await import('../proxmox/client.ts')).createProxmox } = options
      const read = await readToken(spec.credentialSecretRef.name)
      if (read.problem !== undefined) return read
      const { endpoints, tls, credentialSecretRef } = spec
      const known = connections.get(name)
      const isSame = isDeepStrictEqual(known?.spec, { endpoints, tls, credentialSecretRef })
      if (!isSame) await forget(name)
      const open = known !== undefined && isSame ? known : connect(create, name, spec, read.token)
      open.use(read.token)
      open.idle.refresh()
      return { proxmox: open.proxmox, tokenId: read.token.id }
    },
    forget,
    async close() {
      await Promise.all([...connections.keys()].map(forget))
    },
  }
}

function trustOf({ ca, fingerprints }: ProxmoxClusterSpec['tls']): Trust {
  if (fingerprints !== undefined) return { by: 'fingerprint', fingerprints }
  return ca === undefined ? { by: 'system' } : { by: 'ca', ca }
}
