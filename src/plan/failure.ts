/** What went wrong in a pass, ready for a condition: no secrets, no times, nothing that differs between two tries. */
import type { StageName } from './step.ts'

export interface StepFailure {
  readonly stage: StageName
  /** One CamelCase word, such as `Forbidden` or `RenderFailed`. */
  readonly reason: string
  readonly message: string
  /** The API server is to blame, which says nothing about the tenant; it asks to be left alone for this time. */
  readonly passing?: { readonly atLeastMs: number }
}
