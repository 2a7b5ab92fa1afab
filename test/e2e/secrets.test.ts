import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorDeployment, operatorNamespace } from '../../dev/demo/installation.ts'
import { logIn, readCredentials } from '../../dev/demo/login.ts'
import { recordArgv } from './argv-recorder.ts'
import { type Environment, environment, journey } from './environment.ts'
import { foundSecrets, helmRecordText, type SecretValue, secretValues } from './secret-search.ts'
import {
  applyPlan,
  applyTenant,
  deleteTenant,
  hostOf,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilReady,
  untilRevision,
} from './tenant-client.ts'

interface Secret {
  metadata: { name: string; namespace: string }
  type: string
  data?: Record<string, string>
}

const plan = uniqueName('discreet')
const name = uniqueName('secretive')
const operator = ['-n', operatorNamespace, `deployment/${operatorDeployment}`]

journey('the secrets of a tenant, while it is installed, upgraded and used', () => {
  let env: Environment
  let own: Secret[]
  let secrets: SecretValue[]
  let argv: string[]
  let operatorLog: string

  beforeAll(async () => {
    env = await environment()
    const { kubectl, ingress } = env
    await speak('TENANTRY_LOG_LEVEL=trace')
    const recorder = recordArgv()
    await applyPlan(kubectl, plan, smallPlan())
    await applyTenant(kubectl, name, { plan, deletionPolicy: 'Delete' })
    const tenant = await untilReady(kubectl, name)
    await logIn(ingress, hostOf(tenant), await readCredentials(kubectl, tenant))
    await applyPlan(kubectl, plan, smallPlan({ app: { webReplicas: 2 } }))
    await untilRevision(kubectl, name, 2)
    argv = recorder.stop()
    operatorLog = await kubectl.run(['logs', ...operator])
    own = (await kubectl.json<{ items: Secret[] }>(['get', 'secrets', '-n', namespaceOf(name)])).items
    secrets = own.filter(({ type }) => type !== 'helm.sh/release.v1').flatMap(secretValues)
  })

  afterAll(async () => {
    await speak('TENANTRY_LOG_LEVEL-')
    await deleteTenant(env.kubectl, name)
  })

  test('are found in their own Secrets', () => {
    expect(secrets.map(({ name: secret }) => secret)).toEqual(
      expect.arrayContaining([
        `${namespaceOf(name)}/tenantry-admin[password]`,
        `${namespaceOf(name)}/tenantry-jwt[key]`,
        `${namespaceOf(name)}/db-app[password]`,
        `${namespaceOf(name)}/db-ca[ca.key]`,
      ]),
    )
    const found = foundSecrets(secrets, new Map([['Secrets', JSON.stringify(own)]]))
    expect(found).toEqual(secrets.map(({ name: secret }) => `${secret} is in Secrets`))
  })

  test('are in no line that the operator or the application logs', async () => {
    const app = await env.kubectl.run([
      'logs',
      '-n',
      namespaceOf(name),
      '-l',
      'app.kubernetes.io/component in (api,web)',
      '--tail=-1',
    ])
    expect(operatorLog).toContain(name)
    const logs = new Map([
      ['the log of the operator', operatorLog],
      ['the log of the application', app],
    ])
    expect(foundSecrets(secrets, logs)).toEqual([])
  })

  test('are in no argument of any process', () => {
    expect(argv.some(line => /\btenantry-renderer$/.test(line))).toBe(true)
    expect(foundSecrets(secrets, new Map([['arguments', argv.join('\n')]]))).toEqual([])
  })

  test("are in no event, status, plan, inventory, pod or other object, and not in Helm's record", async () => {
    const kinds =
      'events.events.k8s.io,tenants,tenantplans,tenantreleases,configmaps,deployments,replicasets,pods,ingresses'
    const texts = new Map<string, string>()
    for (const kind of kinds.split(',')) texts.set(kind, await env.kubectl.run(['get', kind, '-A', '-o', 'json']))
    const records = own.filter(({ type }) => type === 'helm.sh/release.v1')
    for (const record of records) texts.set(record.metadata.name, helmRecordText(record))
    expect(records.length).toBeGreaterThan(1)
    for (const [place, text] of texts) {
      expect([place, text.includes(name) || text.includes(plan)]).toEqual([place, true])
    }
    expect(foundSecrets(secrets, texts)).toEqual([])
  })

  /** The operator tells everything it can while it is listened to. */
  async function speak(level: string): Promise<void> {
    await env.kubectl.run(['set', 'env', ...operator, level])
    await env.kubectl.run(['rollout', 'status', ...operator, '--timeout=120s'])
  }
})
