/** Does the application answer? True while it serves, converged or not. Pure. */
import { isFalse, isTrue, type Verdict } from '../condition-set.ts'
import type { TenantObservation } from '../observation.ts'
import { refusalReason } from '../refusal.ts'
import type { DesiredTenant } from '../tenant.ts'
import { hostOf, isIngress, isWithout, isWorkload, logOf, podsOf } from '../workload.ts'

export function availableVerdict(desired: DesiredTenant, { workloads, release }: TenantObservation): Verdict {
  const { deployments, ingress, readyServices, podProblems, probe } = workloads
  const host = hostOf(ingress, desired.host)
  const down = deployments.filter(({ available, replicas }) => available === 0 && replicas > 0)
  const problem = podProblems.find(({ owner }) => down.some(({ name }) => name === owner))
  if (problem) {
    const pods = podsOf(down.find(({ name }) => name === problem.owner) ?? { name: problem.owner })
    return isFalse('Available', problem.reason, `${problem.owner}: ${problem.message}`, logOf(pods, problem))
  }
  const failed = down.find(({ failure }) => failure !== undefined)
  if (failed?.failure) {
    return isFalse('Available', refusalReason(failed.failure, 'PodsRefused'), `${failed.name}: ${failed.failure}`)
  }
  if (deployments.length === 0 && !isWithout(release, isWorkload)) {
    return isFalse('Available', 'NotInstalled', 'The application is not installed yet.')
  }
  const unserved = ingress.rules.map(({ service }) => service).find(name => !readyServices.includes(name))
  if (unserved !== undefined) return isFalse('Available', 'NoEndpoints', `Service ${unserved} has no ready endpoint.`)
  const [unready] = down
  if (unready) return isFalse('Available', 'NoEndpoints', `No pod of ${unready.name} is ready.`)
  if (isWithout(release, isIngress)) {
    return isTrue('Available', 'Serving', 'Everything runs. The chart has no Ingress, so that nothing more is known.')
  }
  if (!ingress.found || ingress.addresses.length === 0) {
    const of = ingress.className === undefined ? 'of the default class' : `of class ${ingress.className}`
    return isFalse('Available', 'NoAddress', `No ingress controller ${of} has taken up ${host}.`)
  }
  if (probe.result === 'failing') {
    const [first] = deployments
    const pods = first && podsOf(deployments.find(({ name }) => name === 'api') ?? first)
    return isFalse('Available', 'ProbeFailing', `https://${host}: ${probe.message}`, pods)
  }
  return isTrue('Available', 'Serving', `https://${host} answers.`)
}
