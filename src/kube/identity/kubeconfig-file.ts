/** Reads kubeconfig files and merges them as kubectl does: of two entries with one name the first counts. */
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import { KubeError, OWN_REASONS } from '../errors.ts'

export interface KubeconfigDocument {
  readonly 'current-context'?: string
  readonly clusters?: readonly Entry[]
  readonly contexts?: readonly Entry[]
  readonly users?: readonly Entry[]
}

interface Entry {
  readonly name: string
  readonly cluster?: Record<string, unknown>
  readonly user?: Record<string, unknown>
  readonly context?: Record<string, unknown>
}

export async function readKubeconfig(paths: readonly string[]): Promise<KubeconfigDocument> {
  const documents = await Promise.all(paths.map(readDocument))
  const present = documents.filter(document => document !== undefined)
  if (present.length === 0) throw unusable(`${paths.join(', ')} does not exist`)
  return mergeKubeconfigs(present)
}

export function mergeKubeconfigs(documents: readonly KubeconfigDocument[]): KubeconfigDocument {
  const merged = (part: 'clusters' | 'contexts' | 'users') => {
    const all = documents.flatMap(document => document[part] ?? [])
    return all.filter((entry, index) => all.findIndex(({ name }) => name === entry.name) === index)
  }
  const context = documents.map(document => document['current-context']).find(name => name)
  return {
    ...(context === undefined ? {} : { 'current-context': context }),
    clusters: merged('clusters'),
    contexts: merged('contexts'),
    users: merged('users'),
  }
}

/** Paths in a kubeconfig are relative to its own folder. */
export function withAbsolutePaths(document: KubeconfigDocument, directory: string): KubeconfigDocument {
  const absolute = (fields: Record<string, unknown> | undefined, ...names: string[]) => {
    const paths = names.flatMap(name => {
      const path = fields?.[name]
      return typeof path === 'string' && path !== '' && !isAbsolute(path) ? [[name, join(directory, path)]] : []
    })
    return { ...fields, ...Object.fromEntries(paths) }
  }
  return {
    ...document,
    clusters: (document.clusters ?? []).map(entry => ({
      ...entry,
      cluster: absolute(entry.cluster, 'certificate-authority'),
    })),
    users: (document.users ?? []).map(entry => ({
      ...entry,
      user: withPluginPath(absolute(entry.user, 'client-certificate', 'client-key', 'tokenFile'), directory),
    })),
  }
}

/** A plugin without a slash in its name is looked for on PATH. */
function withPluginPath(user: Record<string, unknown>, directory: string): Record<string, unknown> {
  const { command } = (user.exec ?? {}) as { command?: unknown }
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return user
  return { ...user, exec: { ...(user.exec as object), command: join(directory, command) } }
}

async function readDocument(path: string): Promise<KubeconfigDocument | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unusable(`${path} cannot be read (${error.code})`)
  })
  if (text === undefined) return undefined
  const document = parseQuietly(text)
  if (typeof document !== 'object' || document === null) throw unusable(`${path} is not a kubeconfig`)
  return withAbsolutePaths(document, dirname(path))
}

/** The parser's own errors quote the text, which may hold keys and tokens. */
function parseQuietly(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

export function unusable(why: string): KubeError {
  return new KubeError({ status: 0, reason: OWN_REASONS.badCredentials, message: `Cannot use the kubeconfig: ${why}` })
}
