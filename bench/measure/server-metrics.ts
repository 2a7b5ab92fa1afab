/** The API server's own count of requests, in the text format of Prometheus. Pure. */

const SAMPLE = /^apiserver_request_total\{(?<labels>[^}]*)\} (?<value>\S+)$/gm

/** Requests so far by verb, such as APPLY, whoever sent them. */
export function requestTotals(text: string): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const { groups } of text.matchAll(SAMPLE)) {
    const verb = /(?:^|,)verb="([^"]*)"/.exec(groups?.labels ?? '')?.[1] ?? ''
    totals[verb] = (totals[verb] ?? 0) + Number(groups?.value)
  }
  return totals
}

/** What was added between two readings; verbs without any are left out. */
export function increase(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([verb, count]) => [verb, count - (before[verb] ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}
