/** When each tenant was last looked at in full, with what no watch tells of it. */

export interface FullLooks {
  /** Of a tenant that was never asked about it is not: a process that has just started takes the status' word for it. */
  isDue(tenant: string, everyMs: number): boolean
  taken(tenant: string): void
  forget(tenant: string): void
}

export function createFullLooks(nowMs: () => number): FullLooks {
  const takenAtMs = new Map<string, number>()
  const taken = (tenant: string) => void takenAtMs.set(tenant, nowMs())
  return {
    isDue(tenant, everyMs) {
      const atMs = takenAtMs.get(tenant)
      if (atMs === undefined) taken(tenant)
      return atMs !== undefined && nowMs() - atMs >= everyMs
    },
    taken,
    forget: tenant => void takenAtMs.delete(tenant),
  }
}
