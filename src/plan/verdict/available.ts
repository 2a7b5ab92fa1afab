/** Does the application answer? True while it serves, converged or not. Pure. */
import { isFalse, isTrue, type Verdict } from '../condition-set.ts'
import type { TenantObservation } from '../observation.ts'
import { refusalReason } from '../refusal.ts'
import type { DesiredTenant } from '../tenant.ts'

export function availableVerdict(desired: DesiredTenant, { workloads }: TenantObservation): Verdict {
  const { host } = desired.release.values as { host: string }
  const { deployments, ingress, readyServices, podProblems, probe } = workloads
  const down = deployments.filter(({ available }) => available === 0).map(({ name }) => name)
  const problem = podProblems.find(({ owner }) => down.includes(owner))
  if (problem)
    return isFalse('Available', problem.reason, `${problem.owner}: ${problem.message}`, `deploy/${problem.owner}`)
  const failed = deployments.find(({ available, failure }) => available === 0 && failure !== undefined)
  if (failed?.failure) {
    return isFalse('Available', refusalReason(failed.failure, 'PodsRefused'), `${failed.name}: ${failed.failure}`)
  }
  if (deployments.length === 0) return isFalse('Available', 'NotInstalled', 'The application is not installed yet.')
  const unserved = deployments.map(({ name }) => name).find(name => !readyServices.includes(name))
  if (unserved !== undefined) return isFalse('Available', 'NoEndpoints', `Service ${unserved} has no ready endpoint.`)
  if (!ingress.found || ingress.addresses.length === 0) {
    const of = ingress.className === undefined ? 'of the default class' : `of class ${ingress.className}`
    return isFalse('Available', 'NoAddress', `No ingress controller ${of} has taken up ${host}.`)
  }
  if (probe.result === 'failing') {
    return isFalse('Available', 'ProbeFailing', `https://${host}: ${probe.message}`, 'deploy/api')
  }
  return isTrue('Available', 'Serving', `https://${host} answers.`)
}
