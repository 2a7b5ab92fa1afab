/** What a look at one guest finds, as data. */

export interface Guest {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly node: string
  /** As it will be after the next start. A digest stands for `sshkeys`. */
  readonly config: Readonly<Record<string, string>>
  /** Of the configuration, by which Proxmox VE tells whether it was changed since. */
  readonly digest: string
  /** Settings that come into force with the next start. */
  readonly pending: readonly string[]
  readonly running: boolean
  readonly lock?: string
  /** Types of the tasks that are at work on it; looked for only where it is locked. */
  readonly atWork?: readonly string[]
}

export type GuestFinding =
  | { readonly found: 'guest'; readonly guest: Guest }
  /** Proven: nobody has this id. */
  | { readonly found: 'absent' }
  /** Somebody has this id, and the token may not look: a guest of somebody else's, or one that is just being made. */
  | { readonly found: 'hidden' }
  /** The token may look at it, and it is on another node than it was, which the next shared look will tell. */
  | { readonly found: 'elsewhere' }

/** The task that was asked for last, or of a guest that is to be made, any that may be making it. */
export type TaskFinding =
  /** `making`: what was to make a guest has ended well, or Proxmox VE knows nothing of it any more. */
  | { readonly state: 'none'; readonly making?: 'done' | 'forgotten' }
  | { readonly state: 'running' }
  /** In the words of Proxmox VE. `taken`: for somebody else had the id. */
  | { readonly state: 'failed'; readonly why: string; readonly taken?: true }

export interface MachineQuery {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  /** Where it was last, or is to be. */
  readonly node: string
  /** Seen with its mark before: it need not be looked for among what is being made. */
  readonly made: boolean
  readonly task?: string
  /** What a virtual machine is cloned from, and where that may be: a clone is known by its template alone. */
  readonly template?: { readonly vmid: number; readonly nodes: readonly string[] }
}

export interface MachineObservation {
  readonly task: TaskFinding
  readonly finding: GuestFinding
}
