/**
 * Whether a deleted tenant may be torn down now, or too many went at once. Follows from what the cluster says of its
 * tenants, so that nothing is forgotten by a restart; the clock is an argument. Pure.
 *
 *   begun ─▶ on      confirmed ─▶ on      held before, or too many at once ─▶ hold      just now ─▶ settle      else ─▶ on
 */
import * as names from './names.ts'

export interface BreakerLimits {
  /** Fewer deletions than this never halt anything. */
  readonly least: number
  /** Of all tenants; more than this has to go at once. */
  readonly percent: number
  readonly windowSeconds: number
}

/** A tenant, as far as its deletion is concerned. */
export interface DeletionMark {
  readonly name: string
  readonly uid: string
  /** RFC 3339; absent while nobody deletes it. */
  readonly deletedAt?: string
  /** Value of the annotation with which somebody confirms this one deletion. */
  readonly confirmation?: string
  /** Reason of its condition Deleting, which only the operator writes. */
  readonly said?: string
}

export interface BreakerWorld {
  /** How many there are, also those that are being deleted. */
  readonly tenants: number
  /** Those that are being deleted. */
  readonly leaving: readonly DeletionMark[]
  /** Environments that stand though their tenant is not there, nor being deleted. */
  readonly vanished: number
  /** Value of the annotation with which somebody confirms all deletions up to a time. */
  readonly confirmedUntil?: string
  readonly operatorNamespace: string
}

export type DeletionVerdict =
  | { readonly go: 'on' }
  /** Asked for only just now: others may follow that have to be seen first. */
  | { readonly go: 'settle' }
  | { readonly go: 'hold'; readonly message: string }

/** The reason that stands in Deleting while the environment stands too. */
export const HALTED = 'DeletionsHalted'

/** Long enough for what one command deletes to be there; only where so many tenants are that they could be too many. */
export const SETTLE_MS = 5_000

export function judgeDeletion(
  tenant: DeletionMark,
  world: BreakerWorld,
  { limits, nowMs }: { limits: BreakerLimits; nowMs: number },
): DeletionVerdict {
  if (hasBegun(tenant) || isConfirmed(tenant, world)) return { go: 'on' }
  const cause = haltCause(world, limits)
  if (cause !== undefined) return { go: 'hold', message: `${cause} ${wayOn(tenant, world)}` }
  // Those that went meanwhile, one by one, with somebody's word, are no word for the others.
  if (tenant.said === HALTED) return { go: 'hold', message: `${LATCHED} ${wayOn(tenant, world)}` }
  const couldHalt = world.tenants + world.vanished >= limits.least
  return couldHalt && nowMs - timeOf(tenant.deletedAt) < SETTLE_MS ? { go: 'settle' } : { go: 'on' }
}

const LATCHED = 'Deletions were halted, and nobody has confirmed this one.'

/** Why deletions are halted; undefined while they are not. */
function haltCause(world: BreakerWorld, limits: BreakerLimits): string | undefined {
  const missing = world.vanished
  const total = world.tenants + missing
  if (isTooMany(missing, total, limits)) {
    return `${missing} of ${total} environments stand without their Tenant: deletions are halted, for the list of tenants may not be whole.`
  }
  const asked = world.leaving.filter(tenant => !isConfirmed(tenant, world)).map(({ deletedAt }) => timeOf(deletedAt))
  const most = mostWithin(asked.filter(Number.isFinite), limits.windowSeconds * 1000)
  if (!isTooMany(most, total, limits)) return undefined
  return `${most} of ${total} tenants were deleted within ${limits.windowSeconds} seconds: deletions are halted.`
}

function isTooMany(count: number, total: number, { least, percent }: BreakerLimits): boolean {
  return count >= least && count * 100 > total * percent
}

/** The most of these times that lie in one window, wherever it begins: it does not pass by waiting. */
function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  let first = 0
  let most = 0
  for (const [last, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) > windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** Its deletion was let on in an earlier pass: half an environment is of use to nobody. */
function hasBegun({ said }: DeletionMark): boolean {
  return said !== undefined && said !== HALTED
}

/** The uid cannot be written into a manifest beforehand, so that no template switches this off. */
function isConfirmed({ uid, confirmation, deletedAt }: DeletionMark, { confirmedUntil }: BreakerWorld): boolean {
  return (uid !== '' && confirmation === uid) || timeOf(deletedAt) <= timeOf(confirmedUntil)
}

/** NaN, which is neither before nor after anything, where it is no time. */
function timeOf(text: string | undefined): number {
  return text !== undefined && RFC_3339.test(text) ? Date.parse(text) : Number.NaN
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

function wayOn({ name, uid }: DeletionMark, { operatorNamespace, confirmedUntil }: BreakerWorld): string {
  const one = `kubectl annotate tenants.tenantry.dev ${name} --overwrite ${names.CONFIRM_DELETION_ANNOTATION}=${uid}`
  const until = names.CONFIRM_DELETIONS_ANNOTATION
  const all = `kubectl annotate namespace ${operatorNamespace} --overwrite ${until}=$(date -u +%FT%TZ)`
  const wrong = confirmedUntil !== undefined && Number.isNaN(timeOf(confirmedUntil))
  const mistake = wrong ? ` What ${until} says now is no time.` : ''
  return `Nothing of this tenant is deleted. To go on with it: ${one}; with all that are deleted by now: ${all}.${mistake}`
}
