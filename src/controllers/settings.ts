/** What the passes need to know of this installation, whatever the tenant. */
import type { OperatorIdentity } from '../plan/access.ts'

export interface Settings {
  /** Tenants without a domain of their own live at <name>.<base domain>. */
  readonly baseDomain: string
  readonly operator: OperatorIdentity
}
