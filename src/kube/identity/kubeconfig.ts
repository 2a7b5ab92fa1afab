/** An identity from kubeconfig files: client certificates, tokens, token files and credential plugins. */
import type { RequestOptions } from 'node:https'
import { delimiter } from 'node:path'
import { type Cluster, KubeConfig } from '@kubernetes/client-node'
import type { KubeConnection } from '../config.ts'
import { chosenProxy, type Environment } from '../http/proxy.ts'
import { type Credentials, createCredentialSource } from './credentials.ts'
import { type CredentialPlugin, createCredentialPlugin, type ExecConfig, type PluginCredential } from './exec-plugin.ts'
import { type KubeconfigDocument, readKubeconfig, unusable } from './kubeconfig-file.ts'

/** `paths` are absolute. */
export async function connectByKubeconfig(paths: readonly string[], environment: Environment): Promise<KubeConnection> {
  const document = await readKubeconfig(paths)
  let config = loadDocument(document)
  const cluster = checkedCluster(config)
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace
  const plugin = pluginOf(document, config)
  const load = async (anew: boolean) => {
    if (anew) config = loadDocument(await readKubeconfig(paths))
    return withPlugin(await credentialsOf(config), await plugin?.(anew))
  }
  const proxy = chosenProxy(cluster.server, environment, cluster.proxyUrl)
  return {
    server: cluster.server,
    ...(namespace ? { namespace } : {}),
    ...(proxy === undefined ? {} : { proxy }),
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

/** The library knows token files under another name only; plugins are run here. */
function readableUser({ tokenFile, exec: _, ...user }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...user,
    ...(tokenFile ? { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } : {}),
  }
}

function pluginOf(document: KubeconfigDocument, config: KubeConfig): CredentialPlugin | undefined {
  const name = config.getCurrentUser()?.name
  const exec = document.users?.find(user => user.name === name)?.user?.exec as ExecConfig | undefined
  if (exec === undefined) return undefined
  const known = document.clusters?.find(cluster => cluster.name === config.getCurrentCluster()?.name)?.cluster
  return createCredentialPlugin({ exec, ...(known === undefined ? {} : { cluster: known }) })
}

function withPlugin({ headers, tls }: Credentials, said: PluginCredential | undefined): Credentials {
  if (said === undefined) return { headers, tls }
  const { token, clientCertificateData: cert, clientKeyData: key } = said
  return {
    headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    tls: { ...tls, ...(cert && key ? { cert, key } : {}) },
  }
}

function checkedCluster(config: KubeConfig): Cluster {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw unusable(`its current context "${config.getCurrentContext() ?? ''}" names no cluster`)
  if (!cluster.server.startsWith('https:')) throw unusable(`${cluster.server} is not an https address`)
  if (cluster.skipTLSVerify) {
    throw unusable('insecure-skip-tls-verify is set, and credentials go to verified servers only')
  }
  return cluster
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
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
