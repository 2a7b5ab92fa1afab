/** Turns what helm says, as a process or as a program, into a HelmError. Pure. */
import type { DesiredRelease } from '../plan/release.ts'
import { HelmError, type HelmErrorFields, type HelmReason } from './errors.ts'
import { withoutValues } from './redaction.ts'

/** Characters of what helm says that a message takes over, from the end. */
const MESSAGE_CHARACTERS = 1_000

/** A render that came to no answer of helm's. */
export function cannotRender(release: DesiredRelease, reason: HelmReason, why: string): HelmError {
  return new HelmError({ reason, message: messageOf(release, why) })
}

/** helm's refusal, without the values it was given. */
export function refusedRender(
  release: DesiredRelease,
  said: string,
  { redact = withoutValues, ...fields }: Pick<HelmErrorFields, 'exitCode'> & { redact?: typeof withoutValues } = {},
): HelmError {
  const known = [release.name, release.namespace, release.chart.name, release.tenant.name]
  const stderr = redact(said, release.values, known)
  return new HelmError({
    reason: reasonOf(said, release),
    message: messageOf(release, sentenceOf(stderr, release)),
    stderr: stderr.slice(-MESSAGE_CHARACTERS),
    ...fields,
  })
}

function messageOf(release: DesiredRelease, why: string): string {
  return `Cannot render chart ${release.chart.name} for release ${release.name}: ${why}`
}

/**
 * helm looks at every object that it would create, as the release's own account, and says what it finds in words only.
 * Source: action/validate.go of helm.sh/helm/v4.
 */
function reasonOf(stderr: string, { namespace }: DesiredRelease): HelmReason {
  if (stderr.includes('cannot be imported into the current release')) return 'OwnedByAnother'
  if (/path .* not found|Chart\.yaml file is missing/.test(stderr)) return 'ChartNotFound'
  const unseen = /could not get information about the resource \S+ "[^"]*" in namespace "([^"]*)"/.exec(stderr)
  if (unseen !== null && unseen[1] !== namespace) return 'OutsideNamespace'
  if (NO_RIGHT.exec(stderr)?.[1] === namespace) return 'Forbidden'
  return NO_KIND.test(stderr) ? 'KindNotServed' : 'RenderFailed'
}

const NO_KIND = /no matches for kind "([^"]*)" in version "([^"]*)"/
/** What the API server says of a right that an account lacks in a namespace. */
const NO_RIGHT = /[\w.-]+(?: "[^"]*")? is forbidden: User "[^"]*" cannot .* in the namespace "([^"]*)".*/

/** helm's last word: it writes the error at the end, below whatever its log has. */
function sentenceOf(stderr: string, { namespace }: DesiredRelease): string {
  const missing = NO_KIND.exec(stderr)
  if (missing !== null) return `the cluster has no kind ${missing[1]} of ${missing[2]}`
  const start = stderr.lastIndexOf('Error: ')
  const error = start < 0 ? stderr : stderr.slice(start + 'Error: '.length)
  const whole = withFaultsInOrder(error).replaceAll(/\s+/g, ' ').trim()
  const right = NO_RIGHT.exec(whole)
  const said = right?.[1] === namespace ? right[0] : whole
  return said.slice(0, MESSAGE_CHARACTERS) || 'helm says nothing'
}

/**
 * What a schema refuses is listed in another order each time, for helm goes through a map of Go; sorted, the message is
 * the same for each try. A fault is a line that begins with `- at`, with what is further in below it.
 */
function withFaultsInOrder(error: string): string {
  return error.replaceAll(/(?:^- at .*(?:\n[ \t]+.*)*\n?)+/gm, faults => {
    const each = faults.match(/^- at .*(?:\n[ \t]+.*)*/gm) ?? []
    return `${each.toSorted().join('\n')}\n`
  })
}
