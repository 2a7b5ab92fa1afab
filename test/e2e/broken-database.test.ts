import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTenant } from '../../dev/demo/tenants.ts'
import { type Environment, environment, journey } from './environment.ts'
import {
  applyPlan,
  applyTenant,
  conditionOf,
  deleteTenant,
  smallPlan,
  uniqueName,
  untilCondition,
  untilReady,
} from './tenant-client.ts'

const plan = uniqueName('no-storage')
const name = uniqueName('volumeless')
const storageClassName = uniqueName('late')

journey('a tenant whose database cannot start', () => {
  let env: Environment

  beforeAll(async () => {
    env = await environment()
    await applyPlan(env.kubectl, plan, smallPlan({ database: { storageClassName } }))
    await applyTenant(env.kubectl, name, { plan, deletionPolicy: 'Delete' })
  })

  afterAll(async () => {
    await deleteTenant(env.kubectl, name)
    await env.kubectl.run(['delete', 'storageclass', storageClassName])
  })

  test('says which StorageClass is missing', async () => {
    const cause = {
      status: 'False',
      reason: 'StorageClassNotFound',
      message: expect.stringContaining(storageClassName),
    }
    await untilCondition(env.kubectl, name, 'DatabaseReady', cause)
    const tenant = await readTenant(env.kubectl, name)
    expect(conditionOf(tenant, 'Ready')).toMatchObject(cause)
    expect(conditionOf(tenant, 'Stalled')).toMatchObject({ status: 'False' })
  })

  test('heals when the cause is gone', async () => {
    await createStorageClass(env, storageClassName)
    await untilReady(env.kubectl, name)
  })
})

/** Like the default one, under another name. */
async function createStorageClass({ kubectl }: Environment, name: string): Promise<void> {
  const { items } = await kubectl.json<{ items: { metadata: { annotations?: Record<string, string> } }[] }>([
    ...['get', 'storageclasses'],
  ])
  const isDefault = 'storageclass.kubernetes.io/is-default-class'
  const found = items.find(({ metadata }) => metadata.annotations?.[isDefault] === 'true')
  await kubectl.run(['create', '-f', '-'], JSON.stringify({ ...found, metadata: { name } }))
}
