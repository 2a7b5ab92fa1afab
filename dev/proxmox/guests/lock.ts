/** The lock on a guest's configuration: one works, the others wait up to ten seconds. */

import { failure } from '../api/api-error.ts'
import type { Simulation } from '../simulation.ts'

const timeoutMs = 10_000
const pollMs = 50

/** Waits for its turn; gives up where the other one takes too long. */
export async function withGuestLock<T>(
  sim: Simulation,
  type: 'qemu' | 'lxc',
  vmid: number,
  work: () => Promise<T> | T,
): Promise<T> {
  const until = sim.clock.now() + timeoutMs
  while (sim.guestLocks.has(vmid)) {
    if (sim.clock.now() > until) {
      const file = type === 'qemu' ? `/var/lock/qemu-server/lock-${vmid}.conf` : `/run/lock/lxc/pve-config-${vmid}.lock`
      throw failure(`can't lock file '${file}' - got timeout`)
    }
    await sim.clock.sleep(pollMs)
  }
  sim.guestLocks.add(vmid)
  try {
    return await work()
  } finally {
    sim.guestLocks.delete(vmid)
  }
}
