/** What the operator may ask of the API server, as counts that do not depend on the machine. Pure. */
import type { PhaseFigures, PhaseName } from './figures.ts'

export interface BudgetInputs {
  readonly tenants: number
  /** Objects of one tenant that the one-value upgrade changes. */
  readonly changedObjects: number
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseFigures>>>
}

/** Writes of an upgrade for each tenant, besides the changed objects. No event: it is there to be told when it is over. */
const BOOKKEEPING: Readonly<Record<string, number>> = {
  // Helm's record of the new revision, and the older one as superseded.
  secrets: 2,
  // The inventory, before the first apply.
  tenantreleases: 1,
  'tenants/status': 1,
  events: 0,
}

/** Of the one plan that was edited, however many tenants it has. */
const PLAN_STATUS = 'tenantplans/status'

/** To list each kind that is watched, and to learn which there are. Converged tenants add nothing, however many there are. */
const START = 40

/** Whoever watches the operator's own namespace, or the addresses of the API server, lists these kinds once more. */
const LISTS: Readonly<Record<string, number>> = { namespaces: 2, endpointslices: 2 }

/** One sentence for each budget that was exceeded. */
export function budgetViolations({ tenants, changedObjects, phases }: BudgetInputs): string[] {
  const { install, upgrade, idle, restart } = phases
  return [
    ...Object.entries(upgrade?.writesByResource ?? {}).flatMap(([resource, count]) =>
      resource in BOOKKEEPING
        ? over('upgrade', `writes of ${resource}`, count, tenants * (BOOKKEEPING[resource] ?? 0))
        : [],
    ),
    ...over('upgrade', `writes of ${PLAN_STATUS}`, upgrade?.writesByResource[PLAN_STATUS], 1),
    ...over(
      'upgrade',
      'writes of objects',
      upgrade && objectWrites(upgrade),
      tenants * changedObjects,
      upgrade?.writesByResource,
    ),
    ...over('idle', 'requests besides watches and leases', idle?.requestsBesidesUpkeep, 0, idle?.requests),
    ...over('restart', 'requests besides watches and leases', restart?.requestsBesidesUpkeep, START, restart?.requests),
    ...Object.entries(restart?.listsByResource ?? {}).flatMap(([resource, count]) =>
      over('restart', `lists of ${resource}`, count, LISTS[resource] ?? 1),
    ),
    ...over('restart', 'writes', restart?.writes, 0, restart?.writesByResource),
    ...over('upgrade', 'renders', upgrade?.renders, tenants),
    ...over('restart', 'renders', restart?.renders, 0),
    ...over('install', 'requests of helm', install?.helmRequests, 0),
    ...over('upgrade', 'requests of helm', upgrade?.helmRequests, 0),
    ...over('restart', 'requests of helm', restart?.helmRequests, 0),
  ]
}

/** Whatever is no bookkeeping. */
function objectWrites({ writesByResource }: PhaseFigures): number {
  return Object.entries(writesByResource)
    .filter(([resource]) => !(resource in BOOKKEEPING) && resource !== PLAN_STATUS)
    .reduce((sum, [, count]) => sum + count, 0)
}

function over(
  phase: PhaseName,
  what: string,
  count: number | undefined,
  most: number,
  detail: Readonly<Record<string, number>> = {},
): string[] {
  if (count === undefined || count <= most) return []
  const parts = Object.entries(detail).map(([name, times]) => `${name} ${times}`)
  return [`${phase}: ${count} ${what}, ${most} are allowed${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`]
}
