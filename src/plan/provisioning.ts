/** How a tenant came up: when it began, when it was Ready for the first time, and the last entries on the way. Pure. */
import type { TenantStatus } from '../crds/tenant.ts'

type Provisioning = NonNullable<TenantStatus['provisioning']>
type LogEntry = NonNullable<TenantStatus['log']>[number]

const LOG_ENTRIES = 20

/** `readyAt` is written once, at the first Ready. */
export function provisioningOf(started: Provisioning, ready: boolean, now: string): Provisioning {
  if (!ready || started.readyAt !== undefined) return started
  const durationSeconds = Math.round((Date.parse(now) - Date.parse(started.startedAt)) / 1000)
  return { ...started, readyAt: now, durationSeconds }
}

/** Adds an entry where stage or message differ from the newest one, and keeps the last 20. */
export function appendLog(log: readonly LogEntry[], entry: LogEntry): LogEntry[] {
  const newest = log.at(-1)
  if (newest?.stage === entry.stage && newest.message === entry.message) return [...log]
  return [...log, entry].slice(-LOG_ENTRIES)
}
