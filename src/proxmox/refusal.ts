/**
 * What a refusal of Proxmox VE means: by code and text, for nearly everything is a 500, and what a lock wrapper raises
 * comes with its own code inside the text. Version 8 has no `message` in the body, so that the reason phrase counts.
 */
import type { ProxmoxErrorKind, Refusal } from './errors.ts'

export interface RefusedAnswer {
  readonly status: number
  /** Reason phrase of the status line. A proxy that speaks HTTP/2 drops it. */
  readonly reason: string
  readonly body: string
}

export function refusalOf({ status, reason, body }: RefusedAnswer): Refusal {
  const { message, errors } = parseBody(body)
  const text = (message ?? reason).trim() || `HTTP status ${status}`
  const fields = { ...fieldsWithin(text), ...errors }
  const named = Object.keys(fields).length > 0 ? { fields } : {}
  const refusal = byStatus(status, text) ?? byFields(status, fields) ?? byText(text)
  return { ...refusal, why: sentence(text, fields), ...named }
}

/** The same for the exit status of a task, whose texts are those of the API. */
export function taskRefusal(exitStatus: string): Refusal {
  return { ...byText(exitStatus), why: oneLine(exitStatus) }
}

type Verdict = Omit<Refusal, 'why' | 'fields'>

function byStatus(status: number, text: string): Verdict | undefined {
  if (status === 595 || status === 596) return { kind: 'nodeUnreachable' }
  if (status === 401) return { kind: 'unauthenticated' }
  if (status !== 403) return undefined
  const { kind, ...rest } = byText(text)
  // A pool that a permission check does not find is said as a 403.
  return kind === 'missing' ? { kind } : { kind: 'forbidden', ...rest }
}

/** A parameter that is refused is invalid, unless the refusal is that the thing exists, or that it does not. */
function byFields(status: number, fields: Readonly<Record<string, string>>): Verdict | undefined {
  const texts = Object.values(fields)
  if (status !== 400 && texts.length === 0) return undefined
  if (texts.some(text => EXISTS.test(text))) return { kind: 'exists' }
  if (texts.some(text => /^no such /i.test(text))) return { kind: 'missing' }
  if (texts.some(text => /requires 'Permissions\.Modify'/.test(text))) return { kind: 'forbidden' }
  if (texts.some(text => IN_THE_WAY.test(text))) return { kind: 'conflict' }
  return { kind: 'invalid' }
}

const EXISTS = /\balready exists?\b|\balready used\b|\balready defined(?! in URI)|\bconfig file already exists\b/i
const IN_THE_WAY =
  /\balready running\b|\bnot running\b|\bis running\b|protection mode|\bprotected volume\b|\bis not empty\b|\b(?:is|still) in use\b|\bis used by\b|subnets exists|powerdown failed|it's a template|belongs already to pool|is (?:already|not) a pool member/i

/** In this order: the more certain first. */
const TEXTS: readonly [RegExp, ProxmoxErrorKind][] = [
  [/no quorum|^unable to open file '\/etc\/pve\/.*' - Permission denied/, 'noQuorum'],
  [/^hostname lookup '.*' failed|^No route to host$|^Connection (?:timed out|refused)$/, 'nodeUnreachable'],
  [/checksum mismatch|detected modified configuration/, 'stale'],
  [/can't lock file|got lock (?:request )?timeout|could not acquire lock|invalid lock token/, 'busy'],
  [/pool '.*' does not exist\)/, 'missing'],
  [/Permission check failed|^only root can /, 'forbidden'],
  [EXISTS, 'exists'],
  [IN_THE_WAY, 'conflict'],
  [/does not exist|\bno such\b|unable to find configuration file|No such file/i, 'missing'],
  // The names are in lines that version 8 does not tell.
  [/400 Parameter verification failed/, 'invalid'],
]

function byText(text: string): Verdict {
  const lock = /\b(?:VM|CT) is locked \(([\w-]+)\)/.exec(text)?.[1]
  if (lock !== undefined) return { kind: 'locked', lock }
  const kind = TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown'
  return kind === 'forbidden' ? { kind, ...privilegesIn(text) } : { kind }
}

/** `Permission check failed (/vms/100, VM.Audit|VM.Allocate)`: one of these is enough. */
function privilegesIn(text: string): { path?: string; privileges?: readonly string[] } {
  const [, path, privileges] = /Permission check failed \((\/[^,)]*), ([\w.|]+)\)/.exec(text) ?? []
  return path === undefined || privileges === undefined ? {} : { path, privileges: privileges.split('|') }
}

/** A refusal within a lock is a 500 whose text goes on with `name: what is wrong` for each parameter. */
function fieldsWithin(text: string): Record<string, string> {
  const [head, ...lines] = text.split('\n')
  if (!head?.endsWith('400 Parameter verification failed.')) return {}
  const pairs = lines.flatMap(line => {
    const [, name, wrong] = /^([\w.-]+): (.+)$/.exec(line) ?? []
    return name === undefined || wrong === undefined ? [] : [[name, wrong] as const]
  })
  return Object.fromEntries(pairs)
}

function parseBody(body: string): { message?: string; errors?: Record<string, string> } {
  if (!body.startsWith('{')) return {}
  try {
    const { message, errors } = JSON.parse(body) as { message?: unknown; errors?: unknown }
    return {
      ...(typeof message === 'string' && message.trim() !== '' ? { message } : {}),
      ...(typeof errors === 'object' && errors !== null ? { errors: textsOf(errors) } : {}),
    }
  } catch {
    return {}
  }
}

function textsOf(errors: object): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, oneLine(String(text))]))
}

function sentence(text: string, fields: Readonly<Record<string, string>>): string {
  const details = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, wrong]) => `${name}: ${wrong}`)
  const [head = ''] = text.split('\n')
  return details.length === 0 ? oneLine(text) : `${head.replace(/\.$/, '')}: ${details.join('; ')}`
}

/** Perl says where it died; that is not for people. */
function oneLine(text: string): string {
  return text
    .replaceAll(/ at \/\S+ line \d+\b(?:, <\w+> line \d+)?\.?/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
