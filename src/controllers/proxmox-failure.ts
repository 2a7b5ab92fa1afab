/** Which reason a condition gets for what Proxmox VE refused. */
import type { ProxmoxErrorKind } from '../proxmox/errors.ts'

const REASONS: Partial<Record<ProxmoxErrorKind, ProxmoxReason>> = {
  unreachable: 'Unreachable',
  unanswered: 'Unreachable',
  nodeUnreachable: 'Unreachable',
  untrusted: 'Untrusted',
  otherCluster: 'OtherCluster',
  unauthenticated: 'TokenRefused',
  forbidden: 'MissingRights',
  noQuorum: 'NoQuorum',
  exists: 'NameTaken',
  conflict: 'Refused',
}

export type ProxmoxReason =
  | 'Unreachable'
  | 'Untrusted'
  | 'OtherCluster'
  | 'TokenRefused'
  | 'MissingRights'
  | 'NoQuorum'
  | 'NameTaken'
  | 'Refused'
  | 'UnexpectedAnswer'

export function reasonOf(kind: ProxmoxErrorKind): ProxmoxReason {
  return REASONS[kind] ?? 'UnexpectedAnswer'
}
