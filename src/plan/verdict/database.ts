/** Is the database as CloudNativePG should run it? Pure. */
import { isFalse, isTrue, isUnknown, type Verdict } from '../condition-set.ts'
import type { DatabaseObservation, TenantObservation } from '../observation.ts'

/** CloudNativePG's own word for a cluster in which everything is well (api/v1, PhaseHealthy). */
const HEALTHY = 'Cluster in healthy state'

export function databaseVerdict({ workloads, release }: TenantObservation): Verdict {
  const { database, podProblems } = workloads
  if (database.found === 'unknown') return isUnknown('DatabaseReady', 'DatabaseUnknown', database.why)
  if (database.found === 'absent') return isFalse('DatabaseReady', 'DatabaseAbsent', 'The database is not made yet.')
  const applied = release.record?.inventory.find(entry => entry.kind === 'Cluster' && entry.name === database.name)
  const settled = applied !== undefined && applied.digest === database.appliedDigest
  if (settled && isHealthy(database)) {
    return isTrue('DatabaseReady', 'DatabaseHealthy', `${instances(database)} ready.`)
  }
  const problem = podProblems.find(({ owner }) => owner === database.name)
  if (problem) return isFalse('DatabaseReady', problem.reason, `Database ${database.name}: ${problem.message}`)
  const phase = database.phaseReason ?? database.phase
  return isFalse('DatabaseReady', 'DatabaseProgressing', `${instances(database)} ready${phase ? `: ${phase}` : '.'}`)
}

type PresentDatabase = Extract<DatabaseObservation, { found: 'present' }>

function isHealthy(database: PresentDatabase): boolean {
  return database.phase === HEALTHY && database.readyInstances === database.instances
}

function instances({ readyInstances, instances }: PresentDatabase): string {
  return `${readyInstances} of ${instances} database instances`
}
