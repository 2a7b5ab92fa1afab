/** Runs a credential plugin of a kubeconfig, and keeps what it says until shortly before that runs out. */
import { execa } from 'execa'
import { z } from 'zod'
import { unusable } from './kubeconfig-file.ts'

export interface ExecConfig {
  readonly command: string
  readonly apiVersion?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly provideClusterInfo?: boolean
}

export interface PluginCredential {
  readonly token?: string | undefined
  readonly clientCertificateData?: string | undefined
  readonly clientKeyData?: string | undefined
}

/** `anew`: what it said before was refused. Rejects with a KubeError that has what the plugin wrote to its stderr. */
export type CredentialPlugin = (anew: boolean) => Promise<PluginCredential>

export interface PluginOptions {
  readonly exec: ExecConfig
  /** What the plugin is told of the cluster, where it wants to know. */
  readonly cluster?: Readonly<Record<string, unknown>>
  readonly nowMs?: () => number
  readonly timeoutMs?: number
}

/** So long before its end a credential is replaced, or a fifth of its life where that is less. */
const EARLY_MS = 60_000
const TIMEOUT_MS = 60_000
const MESSAGE_CHARACTERS = 500
const DEFAULT_VERSION = 'client.authentication.k8s.io/v1'

const answerSchema = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
  }),
})

export function createCredentialPlugin(options: PluginOptions): CredentialPlugin {
  const { nowMs = Date.now } = options
  let kept: { credential: PluginCredential; renewMs: number; endMs: number } | undefined
  return async anew => {
    if (!anew && kept !== undefined && nowMs() < kept.renewMs) return kept.credential
    const startedMs = nowMs()
    try {
      const { expirationTimestamp, ...credential } = await run(options)
      const endMs = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY
      kept = { credential, endMs, renewMs: endMs - Math.min(EARLY_MS, (endMs - startedMs) / 5) }
      return credential
    } catch (error) {
      // What it said before is good for a moment yet, and the plugin is asked again soon.
      if (!anew && kept !== undefined && nowMs() < kept.endMs) return kept.credential
      throw error
    }
  }
}

async function run({ exec, cluster, timeoutMs = TIMEOUT_MS }: PluginOptions) {
  const { command, args, env, apiVersion = DEFAULT_VERSION, provideClusterInfo, installHint } = exec
  const spec = { interactive: false, ...(provideClusterInfo ? { cluster } : {}) }
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  const ended = await execa(command, [...(args ?? [])], {
    env: { ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])), KUBERNETES_EXEC_INFO: info },
    stdin: 'ignore',
    timeout: timeoutMs,
    reject: false,
  })
  const plugin = `its credential plugin ${command}`
  if (ended.timedOut) throw unusable(`${plugin} took longer than ${timeoutMs / 1000} s`)
  if (ended.failed && ended.exitCode === undefined) {
    throw unusable(`${plugin} cannot be run (${ended.code ?? ended.signal})${installHint ? `: ${installHint}` : ''}`)
  }
  const said = answerOf(ended.stdout)
  if (ended.failed) throw unusable(`${plugin} failed (${ended.exitCode})${quoted(ended.stderr, said)}`)
  if (said === undefined) throw unusable(`${plugin} printed no ExecCredential${quoted(ended.stderr, said)}`)
  return said
}

function answerOf(stdout: string) {
  try {
    return answerSchema.parse(JSON.parse(stdout)).status
  } catch {
    return undefined
  }
}

/** What it printed to its standard output is the credential itself, and in no message; not even where it says it twice. */
function quoted(stderr: string, said: PluginCredential | undefined): string {
  const secrets = [said?.token, said?.clientKeyData].filter(secret => secret !== undefined && secret !== '') as string[]
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), stderr)
  const line = clean.replaceAll(/\s+/g, ' ').trim().slice(-MESSAGE_CHARACTERS)
  return line === '' ? '' : `: ${line}`
}
