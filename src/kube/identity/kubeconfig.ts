/** An identity from kubeconfig files: client certificates, tokens, token files and credential plugins. */
import type { RequestOptions } from 'node:https'
import { delimiter } from 'node:path'
import { type Cluster, KubeConfig } from '@kubernetes/client-node'
import type { KubeConnection } from '../config.ts'
import { type Credentials, createCredentialSource } from './credentials.ts'
import { type KubeconfigDocument, readKubeconfig, unusable } from './kubeconfig-file.ts'

/** `paths` are absolute. */
export async function connectByKubeconfig(paths: readonly string[]): Promise<KubeConnection> {
  const read = async () => loadDocument(await readKubeconfig(paths))
  let config = await read()
  const cluster = checkedCluster(config)
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace
  // A plugin's answer is kept in the KubeConfig, so that a new one asks again.
  const load = async (anew: boolean) => {
    if (anew) config = await read()
    return credentialsOf(config)
  }
  return {
    server: cluster.server,
    ...(namespace ? { namespace } : {}),
    credentials: createCredentialSource({ load }),
    kubeconfigForExec: async () => paths.join(delimiter),
  }
}

function loadDocument(document: KubeconfigDocument): KubeConfig {
  const config = new KubeConfig()
  const users = (document.users ?? []).map(entry => ({ ...entry, user: readableUser(entry.user ?? {}) }))
  config.loadFromString(JSON.stringify({ ...document, users }))
  return config
}

/** The library knows token files under another name only, and does not tell plugins what they are asked for. */
function readableUser({ tokenFile, exec, ...user }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...user,
    ...(tokenFile ? { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } : {}),
    ...(exec ? { exec: readableExec(exec as ExecConfig) } : {}),
  }
}

interface ExecConfig {
  readonly apiVersion?: string
  readonly env?: readonly { name: string; value: string }[] | null
}

function readableExec(exec: ExecConfig): ExecConfig {
  const { apiVersion = 'client.authentication.k8s.io/v1', env } = exec
  const value = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } })
  return { ...exec, env: [...(env ?? []), { name: 'KUBERNETES_EXEC_INFO', value }] }
}

function checkedCluster(config: KubeConfig): Cluster {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw unusable(`its current context "${config.getCurrentContext() ?? ''}" names no cluster`)
  if (!cluster.server.startsWith('https:')) throw unusable(`${cluster.server} is not an https address`)
  if (cluster.skipTLSVerify) {
    throw unusable('insecure-skip-tls-verify is set, and credentials go to verified servers only')
  }
  if (cluster.proxyUrl) throw unusable('proxy-url is not supported')
  return cluster
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    // A plugin's output is the error's message, and nobody knows what it holds.
    const { command } = (config.getCurrentUser()?.exec ?? {}) as { command?: string }
    const { code, path } = error as NodeJS.ErrnoException
    if (command) throw unusable(`its credential plugin ${command} failed; run it by hand to see why`)
    throw unusable(`${path ?? 'a file that it names'} cannot be read${code ? ` (${code})` : ''}`)
  }
  const { ca, cert, key, servername, auth } = options
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), `${value}`.trim()])
  return {
    headers: {
      ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}),
      ...Object.fromEntries(headers),
    },
    tls: {
      ...(ca ? { ca: ca as Buffer } : {}),
      ...(cert ? { cert: cert as Buffer } : {}),
      ...(key ? { key: key as Buffer } : {}),
      ...(servername ? { servername } : {}),
    },
  }
}
