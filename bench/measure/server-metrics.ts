/** What a server counts itself, in the text format of Prometheus. Pure. */

const RENDERS = /^tenantry_helm_renders_total\{[^}]*\} (?<value>\S+)$/gm

/** Charts rendered by the operator so far, also in vain. */
export function renderTotal(text: string): number {
  return [...text.matchAll(RENDERS)].reduce((sum, { groups }) => sum + Number(groups?.value), 0)
}

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
