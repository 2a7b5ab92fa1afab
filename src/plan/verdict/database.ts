/** Is the database as CloudNativePG should run it? Pure. */
import { isFalse, isTrue, isUnknown, type Verdict } from '../condition-set.ts'
import type { DatabaseObservation, TenantObservation } from '../observation.ts'
import { refusalReason } from '../refusal.ts'
import { isDatabase, isWithout } from '../workload.ts'

/** CloudNativePG's own word for a cluster in which everything is well (api/v1, PhaseHealthy). */
const HEALTHY = 'Cluster in healthy state'

/** Its words for what it does not come out of by itself (api/v1, and the check of disks in its cluster controller). */
const FAULTS: Readonly<Record<string, string>> = {
  'Not enough disk space': 'DatabaseDiskFull',
  'Unable to create required cluster objects': 'DatabaseNeedsAttention',
  'Waiting for user action': 'DatabaseNeedsAttention',
  'Cluster is unrecoverable and needs manual intervention': 'DatabaseNeedsAttention',
  'Cluster has incomplete or invalid image catalog': 'DatabaseNeedsAttention',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required': 'DatabaseNeedsAttention',
  'Cluster cannot proceed to reconciliation due to an error while interacting with plugins': 'DatabaseNeedsAttention',
}

export function databaseVerdict({ workloads, release }: TenantObservation): Verdict {
  const { database, podProblems } = workloads
  if (isWithout(release, isDatabase)) {
    return isTrue('DatabaseReady', 'NoDatabase', 'The chart has no database of CloudNativePG.')
  }
  if (database.found === 'unknown') return isUnknown('DatabaseReady', database.reason, database.why)
  if (database.found === 'absent') return isFalse('DatabaseReady', 'DatabaseAbsent', 'The database is not made yet.')
  const { name, phase } = database
  const applied = release.record?.inventory.find(entry => isDatabase(entry) && entry.name === name)
  const settled = applied !== undefined && applied.digest === database.appliedDigest
  if (settled && isHealthy(database)) {
    return isTrue('DatabaseReady', 'DatabaseHealthy', `${instances(database)} ready.`)
  }
  const problem = podProblems.find(({ owner }) => owner === name)
  const pods = `-l cnpg.io/cluster=${name}`
  if (problem) return isFalse('DatabaseReady', problem.reason, `Database ${name}: ${problem.message}`, pods)
  if (phase === undefined) {
    return isFalse('DatabaseReady', 'DatabasePending', `CloudNativePG has not taken up database ${name} yet.`)
  }
  const why = database.phaseReason ?? phase
  const fault = FAULTS[phase]
  if (fault !== undefined) return isFalse('DatabaseReady', refusalReason(why, fault), `Database ${name}: ${why}`, pods)
  return isFalse('DatabaseReady', 'DatabaseProgressing', `${instances(database)} ready: ${why}`)
}

type PresentDatabase = Extract<DatabaseObservation, { found: 'present' }>

function isHealthy(database: PresentDatabase): boolean {
  return database.phase === HEALTHY && database.readyInstances === database.instances
}

function instances({ readyInstances, instances }: PresentDatabase): string {
  return `${readyInstances} of ${instances} database instances`
}
