/** Counts failed logins per client in this process, so that nobody can guess for long. */

export interface FailedLogins {
  /** Seconds until this client may try again; 0 while it may. */
  blockedFor(client: string): number
  add(client: string): void
}

export interface FailedLoginLimits {
  readonly attempts: number
  readonly windowMs: number
  /** Clients remembered at most; the oldest is forgotten first. */
  readonly clients: number
}

export function createFailedLogins(
  now: () => number,
  { attempts, windowMs, clients }: FailedLoginLimits = { attempts: 10, windowMs: 60_000, clients: 10_000 },
): FailedLogins {
  const windows = new Map<string, { count: number; endsAt: number }>()
  const current = (client: string) => {
    const window = windows.get(client)
    if (window !== undefined && window.endsAt > now()) return window
    windows.delete(client)
    return undefined
  }
  return {
    blockedFor(client) {
      const window = current(client)
      return window === undefined || window.count < attempts ? 0 : Math.ceil((window.endsAt - now()) / 1000)
    },
    add(client) {
      const window = current(client)
      if (window !== undefined) {
        window.count += 1
        return
      }
      const [oldest] = windows.keys()
      if (oldest !== undefined && windows.size >= clients) windows.delete(oldest)
      windows.set(client, { count: 1, endsAt: now() + windowMs })
    },
  }
}
