/** What takes part in the bench. */
import type { Arena } from '../arena/arena.ts'
import type { Worker } from '../measure/meter.ts'

export const contenderNames = ['limit', 'tenantry', 'helm', 'dot-i'] as const
export type ContenderName = (typeof contenderNames)[number]

export interface Contender {
  readonly title: string
  /** Before anything is measured; plan and tenants are in the cluster. */
  prepare(arena: Arena, tenants: readonly string[]): Promise<Entry>
}

/** A contender in its arena. */
export interface Entry {
  /** As the audit log knows it. */
  readonly user: string
  readonly worker: Worker
  /** Rejects when it ends by itself; absent where nothing runs on. */
  died?(): Promise<never>
  /** Objects of one tenant that the upgrade changes, where the contender knows. */
  readonly changedObjects?: number
  /** Sets the installation of all tenants going. */
  install(): Promise<void>
  /** Sets the upgrade of all tenants going; the plan in the cluster has changed already. */
  upgrade(): Promise<void>
  /** Starts it again with everything installed. Absent where there is nothing to start. */
  restart?(): Promise<void>
  /** True for one that goes on by itself: it watches tenants, reports in their status, and can be idle. */
  readonly operator: boolean
  /** True where its tenants become Ready once their workloads run. */
  readonly reportsReady: boolean
  /** After a start it sends at least so many requests, watches aside; silence before that is none. */
  readonly startRequests: number
  stop(): Promise<void>
}
