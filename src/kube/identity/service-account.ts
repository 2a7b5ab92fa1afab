/** The identity of a pod: files that the kubelet writes, and replaces while the pod runs. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { KubeConnection } from '../config.ts'
import { KubeError, OWN_REASONS } from '../errors.ts'
import { chosenProxy, type Environment } from '../http/proxy.ts'
import { createCredentialSource } from './credentials.ts'

export async function connectAsServiceAccount(
  directory: string,
  host: string,
  environment: Environment,
): Promise<KubeConnection> {
  const port = environment.KUBERNETES_SERVICE_PORT || '443'
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
  const [ca, token] = [join(directory, 'ca.crt'), join(directory, 'token')]
  const namespace = (await readText(join(directory, 'namespace'))).trim()
  const load = async () => ({
    headers: { authorization: `Bearer ${(await readText(token)).trim()}` },
    tls: { ca: await readText(ca) },
  })
  const kubeconfigForExec = async (target: string) => {
    const path = join(target, 'kubeconfig')
    await writeWhole(path, JSON.stringify(kubeconfigOf({ server, ca, token, namespace })))
    return path
  }
  const proxy = chosenProxy(server, environment)
  const credentials = createCredentialSource({ load })
  return { server, namespace, credentials, kubeconfigForExec, ...(proxy === undefined ? {} : { proxy }) }
}

/**
 * Names files and holds no secret. Programs built on client-go ignore options such as --as where they fall back to the
 * pod's ServiceAccount by themselves, and honour them with a kubeconfig.
 */
function kubeconfigOf({ server, ca, token, namespace }: Record<'server' | 'ca' | 'token' | 'namespace', string>) {
  const name = 'in-cluster'
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': ca } }],
    users: [{ name, user: { tokenFile: token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new KubeError({
      status: 0,
      reason: OWN_REASONS.badCredentials,
      message: `Cannot read the pod's ServiceAccount: ${path} cannot be read (${code})`,
      cause,
    })
  }
}

/** Another process never sees half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
  await rename(temporary, path)
}
