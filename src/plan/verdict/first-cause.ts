/** Of everything that is not as it should be: what is told first. Pure. */
import type { Verdict } from '../condition-set.ts'
import { SLICE_WORK } from './under-way.ts'

/**
 * What may be no more than the consequence of something before it: a part on its way, or an application that cannot work
 * without its database. Everything else is a fault of its own.
 *
 *   namespace ─▶ credentials ─▶ release ─▶ database ─▶ application ─▶ ingress ─▶ probe
 *   and beside it, told after it: network ─▶ pool and users ─▶ machines
 *
 * The first fault in this order is the cause; without any, the first thing that is not there yet.
 */
const FOLLOWS: ReadonlySet<string> = new Set([
  'NamespaceProgressing',
  'CredentialsProgressing',
  'Installing',
  'Upgrading',
  'Waiting',
  'HelmAtWork',
  'DatabaseAbsent',
  'DatabasePending',
  'DatabaseProgressing',
  'NotInstalled',
  'RollingOut',
  'NoEndpoints',
  'NotReady',
  'CreateContainerConfigError',
  'FailedMount',
  'CrashLoopBackOff',
  'Error',
  'NoAddress',
  'ProbeFailing',
  'ObjectNotReady',
  ...SLICE_WORK,
])

/** `parts` are in the order in which each relies on those before it. */
export function firstCause(parts: readonly Verdict[]): Verdict | undefined {
  const lacking = parts.filter(({ status }) => status !== 'True')
  const faults = lacking.filter(({ reason }) => !FOLLOWS.has(reason))
  // A release cannot be had without the kind of its database: whose kind that is tells more.
  const missing = faults.find(({ reason }) => reason === 'CloudNativePGMissing')
  if (missing !== undefined && faults[0]?.reason === 'KindNotServed') return missing
  return faults[0] ?? lacking[0]
}
