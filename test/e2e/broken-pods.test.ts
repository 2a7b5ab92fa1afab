import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTenant } from '../../dev/demo/tenants.ts'
import { type ChartRepository, serveChart } from './chart-repository.ts'
import { type Environment, environment, journey } from './environment.ts'
import { type ExplanationTimes, type Trouble, untilExplained } from './explanation-times.ts'
import { type Edition, gazetteChart, gazettePlan, press } from './gazette.ts'
import { applyPlan, applyTenant, conditionOf, namespaceOf, uniqueName, untilConverged } from './tenant-client.ts'

/** As a plan breaks it, and in the words of the real scheduler and kubelet. */
interface Breakage extends Trouble {
  readonly press: NonNullable<Edition['press']>
}

function breakage(word: string, sign: string, press: Breakage['press'], says: (namespace: string) => string): Breakage {
  const tenant = uniqueName(word)
  return { tenant, sign, press, says: says(namespaceOf(tenant)) }
}

const breakages = [
  breakage(
    'crashing',
    'CrashLoopBackOff',
    { args: ['--eval', 'console.error("no such table: subscribers"); process.exit(3)'] },
    namespace =>
      `CrashLoopBackOff: ${press}: container press: ended with code 3: no such table: subscribers. Read its log: kubectl logs -n ${namespace} rs/${press}-… --previous`,
  ),
  breakage(
    'hungry',
    'OOMKilled',
    { args: ['--eval', 'const kept = []; setInterval(() => kept.push(Buffer.alloc(1e7, 1)), 5)'] },
    () => `OOMKilled: ${press}: container press: ended with code 137 (OOMKilled). Raise its memory in the plan.`,
  ),
  breakage(
    'keyless',
    'CreateContainerConfigError',
    {
      env: [{ name: 'MAIL_KEY', valueFrom: { secretKeyRef: { name: '${credentials.secretName}', key: 'mail-key' } } }],
    },
    namespace =>
      `CreateContainerConfigError: ${press}: container press: couldn't find key mail-key in Secret ${namespace}/tenantry-admin. Put back what it names.`,
  ),
  breakage(
    'styleless',
    'ContainersNotReady',
    { styleFrom: 'house-style' },
    () =>
      `FailedMount: ${press}: MountVolume.SetUp failed for volume "style" : configmap "house-style" not found. Put back what it names.`,
  ),
  breakage(
    'unready',
    'ContainersNotReady',
    { readinessPath: '/nowhere' },
    namespace =>
      `NotReady: ${press}: container press runs and is not ready: Readiness probe failed: HTTP probe failed with statuscode: 404. Read its log: kubectl logs -n ${namespace} rs/${press}-…`,
  ),
  breakage(
    'roomless',
    'Unschedulable',
    { resources: { requests: { cpu: '900', memory: '64Mi' }, limits: { memory: '128Mi' } } },
    () =>
      `Unschedulable: ${press}: 0/1 nodes are available: 1 Insufficient cpu. Add capacity, or ask for less in the plan.`,
  ),
]
const names = breakages.map(({ tenant }) => tenant)

journey('tenants that run, until each gets pods that are broken in another way', () => {
  let env: Environment
  let repository: ChartRepository
  let times: ExplanationTimes

  beforeAll(async () => {
    env = await environment()
    const { kubectl } = env
    repository = await serveChart(kubectl, gazetteChart)
    await Promise.all(names.map(name => publish(name)))
    await Promise.all(names.map(name => applyTenant(kubectl, name, { plan: name, deletionPolicy: 'Delete' })))
    await Promise.all(names.map(name => untilConverged(kubectl, name)))
    await Promise.all(breakages.map(({ tenant, press }) => publish(tenant, press)))
    times = await untilExplained(kubectl, breakages)
  })

  afterAll(() => repository?.remove())

  test.each(breakages)('$tenant says why within ten seconds: $says', ({ tenant }) => {
    expect(times.get(tenant)).toBeLessThan(10)
  })

  test.each([
    ['crashing', 'no such table: subscribers'],
    ['unready', 'the press runs'],
  ])('the log that it names is that of what is broken (%s)', async (word, line) => {
    const name = names.find(candidate => candidate.startsWith(word)) ?? ''
    const { message = '' } = conditionOf(await readTenant(env.kubectl, name), 'Ready') ?? {}
    const command = /kubectl (logs .*)$/.exec(message)?.[1] ?? ''
    expect(await env.kubectl.run(command.split(' '))).toBe(line)
  })

  test('what served before goes on serving, and nothing is given up', async () => {
    for (const name of names) {
      const tenant = await readTenant(env.kubectl, name)
      expect(conditionOf(tenant, 'Available')).toMatchObject({ status: 'True', reason: 'Serving' })
      expect(conditionOf(tenant, 'Reconciling')).toMatchObject({ status: 'True' })
      expect(conditionOf(tenant, 'Stalled')).toMatchObject({ status: 'False' })
    }
  })

  test('all heal when their plans are mended', async () => {
    await Promise.all(names.map(name => publish(name)))
    await Promise.all(names.map(name => untilConverged(env.kubectl, name)))
  })

  /** Without a database and without hooks: it is about pods that are meant to stay. */
  function publish(name: string, press: Edition['press'] = {}): Promise<void> {
    const edition = { press, archive: { enabled: false }, subscription: { counted: false } }
    return applyPlan(env.kubectl, name, gazettePlan(repository.url, edition))
  }
})
