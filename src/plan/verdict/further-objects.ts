/** Is what the chart has besides workloads, database and hosts ready, as far as it says so? Stands under `Ready` alone. Pure. */
import { isFalse, isTrue, type Verdict } from '../condition-set.ts'
import type { TenantObservation } from '../observation.ts'

export function furtherObjectsVerdict({ unready }: Pick<TenantObservation, 'unready'>): Verdict {
  const [first] = [...unready].sort((a, b) => Number(b.reason === 'JobFailed') - Number(a.reason === 'JobFailed'))
  if (first === undefined) return isTrue('Ready', 'ObjectsReady', 'Everything that says so is ready.')
  const { kind, name, apiVersion } = first.ref
  const [group = ''] = apiVersion.split('/')
  const pods = first.reason === 'JobFailed' ? `job/${name}` : `${kind.toLowerCase()}.${group}/${name}`
  return isFalse('Ready', first.reason, `${kind} ${name}: ${first.message}`, pods)
}
