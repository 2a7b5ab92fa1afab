/** A loop beside that over tenants, over something else that replicas share by name. */
import type { Loop } from './loop.ts'

export interface SideLoop extends Pick<Loop, 'start' | 'resume' | 'retire' | 'stop' | 'longestPassMs'> {
  /** To be called when the watches are complete. */
  connectTriggers(): void
  /** As after a restart: those that are this replica's are looked at. */
  addAll(): void
}
