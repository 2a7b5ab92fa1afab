import type { ProxmoxProblem } from '../plan/proxmox-view.ts'

/** A Proxmox VE cluster that cannot be used now, and why. */
export class ProxmoxUnusable extends Error {
  override readonly name = 'ProxmoxUnusable'
  readonly problem: ProxmoxProblem
  constructor(problem: ProxmoxProblem) {
    super(problem.message)
    this.problem = problem
  }
}
