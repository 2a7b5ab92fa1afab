import { beforeAll, expect, test, vi } from 'vitest'
import { operatorNamespace } from '../../dev/demo/installation.ts'
import { readWrites, type Write } from './audit-log.ts'
import { type Environment, environment, journey } from './environment.ts'
import { listEverything } from './object-list.ts'
import { applyPlan, applyTenant, namespaceOf, smallPlan, uniqueName, untilReady } from './tenant-client.ts'

const plan = uniqueName('crash')
const name = uniqueName('survivor')
const operatorPods = ['-n', operatorNamespace, '-l', 'app.kubernetes.io/name=tenantry']

journey('the operator is killed after the first object of a release is applied', () => {
  let env: Environment
  let killed: string
  let since: Date
  let untilKilled: Write[]

  beforeAll(async () => {
    env = await environment()
    const { kubectl } = env
    killed = await operatorPod()
    since = new Date()
    await applyPlan(kubectl, plan, smallPlan())
    await applyTenant(kubectl, name, { plan, deletionPolicy: 'Delete' })
    await vi.waitFor(async () => expect(await releaseWrites()).not.toEqual([]), { timeout: 60_000, interval: 10 })
    await kubectl.run(['delete', 'pod', '-n', operatorNamespace, killed, '--grace-period=0', '--force'])
    untilKilled = await releaseWrites()
    await untilReady(kubectl, name)
  })

  test('another one takes over and brings the tenant to Ready', async () => {
    expect(await operatorPod()).not.toBe(killed)
    expect(untilKilled.length).toBeGreaterThan(0)
  })

  test('there is one revision, and each object once', async () => {
    const objects = await listEverything(env.kubectl, namespaceOf(name))
    const of = (kind: string) => objects.filter(object => object.kind === kind).map(({ metadata }) => metadata.name)
    expect(of('Secret').filter(secret => secret.startsWith('sh.helm.release'))).toEqual([
      `sh.helm.release.v1.tenant-${name}.v1`,
    ])
    expect(of('Deployment')).toEqual(['api', 'web'])
    expect(of('Cluster')).toEqual(['db'])
  })

  /** Objects of the chart; the operator applies them as the release's ServiceAccount. */
  function releaseWrites(): Promise<Write[]> {
    return readWrites(env, { since, namespace: namespaceOf(name), by: writer => writer.endsWith(':tenantry-release') })
  }

  async function operatorPod(): Promise<string> {
    return env.kubectl.run(['get', 'pods', ...operatorPods, '-o', 'jsonpath={.items[0].metadata.name}'])
  }
})
