/** Which reasons tell that something is on its way as it should be: the status says so, and it is no event for people. Pure. */

/** Of networks and machines in Proxmox VE, in the words of NetworkLeases and TenantMachines too. */
export const SLICE_WORK = [
  'NetworkPending',
  'MakingNetwork',
  'NodesBehind',
  'PoolPending',
  'MachinesPending',
  'MachineDeleting',
  'WaitingForNetwork',
  'WaitingForPool',
  'ClonesAtOnce',
  'Placed',
  'Making',
  'Adopting',
  'Configuring',
  'Starting',
  'Stopping',
  'Destroying',
  'Working',
  'Moving',
  'Releasing',
] as const

/** What the operator itself is about, such as an upgrade of a tenant that was Ready. */
const WORK: ReadonlySet<string> = new Set([
  'NamespaceProgressing',
  'CredentialsProgressing',
  'Installing',
  'Upgrading',
  'Waiting',
  'HelmAtWork',
  'RollingOut',
  ...SLICE_WORK,
])

/** What others are about as long as it has not been there yet, and a failure once it has. */
const COMING_UP: ReadonlySet<string> = new Set([
  'DatabaseAbsent',
  'DatabasePending',
  'DatabaseProgressing',
  'NotInstalled',
  'NoEndpoints',
  'ObjectNotReady',
])

export function isUnderWay(reason: string, wasReady: boolean): boolean {
  return WORK.has(reason) || (COMING_UP.has(reason) && !wasReady)
}
