/** What goes wrong on purpose: by configuration, and at run time. */

export interface Fault {
  /** Calls it concerns, `POST /nodes/{node}/qemu/{vmid}/clone` or with real values; absent: every call. */
  call?: string | RegExp
  /** Tasks it concerns, by type, instead of calls. */
  task?: string
  kind: 'latency' | 'drop-before' | 'drop-after' | 'error' | 'unreachable' | 'task-failure' | 'task-hang'
  /** Of the simulation, for `latency`. */
  ms?: number
  /** For `error` and `task-failure`. */
  message?: string
  /** How many calls or tasks are spared first; none by default. */
  after?: number
  /** How often it happens; for ever by default. */
  times?: number
}

export interface Faults {
  inject(...faults: Fault[]): void
  clear(): void
  /** Those of the injected that came to pass. */
  met(): Fault[]
  ofCall(method: string, path: string, route: string | undefined): Fault | undefined
  /** `hang`, or the text with which the task fails. */
  ofTask(type: string): string | undefined
}

export function createFaults(initial: readonly Fault[] = []): Faults {
  let active: { fault: Fault; seen: number; met: boolean }[] = []
  const inject = (...faults: Fault[]) => {
    active.push(...faults.map(fault => ({ fault, seen: 0, met: false })))
  }
  inject(...initial)
  const take = (concerns: (fault: Fault) => boolean): Fault | undefined => {
    // Each counts, also where another one comes first.
    const due = active
      .filter(({ fault }) => concerns(fault))
      .filter(entry => {
        const { after = 0, times = Number.POSITIVE_INFINITY } = entry.fault
        const at = entry.seen++
        return at >= after && at < after + times
      })
    const [first] = due
    if (first !== undefined) first.met = true
    return first?.fault
  }
  return {
    inject,
    clear: () => {
      active = []
    },
    met: () => active.filter(({ met }) => met).map(({ fault }) => fault),
    ofCall: (method, path, route) =>
      take(
        ({ call, kind }) =>
          !kind.startsWith('task') &&
          (call === undefined || [path, route].some(each => each !== undefined && matches(call, `${method} ${each}`))),
      ),
    ofTask: type => {
      const fault = take(({ task, kind }) => kind.startsWith('task') && (task === undefined || task === type))
      if (fault === undefined) return undefined
      return fault.kind === 'task-hang' ? 'hang' : (fault.message ?? 'simulated failure')
    },
  }
}

const matches = (call: string | RegExp, text: string) => (typeof call === 'string' ? call === text : call.test(text))
