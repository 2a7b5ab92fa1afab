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
  untilConverged,
} from './tenant-client.ts'

const plan = uniqueName('wrong-image')
const name = uniqueName('imageless')
const missing = 'tenantry.local/missing:1.0.0'

journey('a tenant whose plan names an image that does not exist', () => {
  let env: Environment

  beforeAll(async () => {
    env = await environment()
    await applyPlan(env.kubectl, plan, smallPlan({ app: { apiImage: missing } }))
    await applyTenant(env.kubectl, name, { plan, deletionPolicy: 'Delete' })
  })

  afterAll(() => deleteTenant(env.kubectl, name))

  test('says ImagePullBackOff and which image, while the rest is well', async () => {
    const cause = { status: 'False', reason: 'ImagePullBackOff', message: expect.stringContaining(missing) }
    await untilCondition(env.kubectl, name, 'Available', cause)
    await untilCondition(env.kubectl, name, 'DatabaseReady', { status: 'True' })
    const tenant = await readTenant(env.kubectl, name)
    expect(conditionOf(tenant, 'Ready')).toMatchObject(cause)
    expect(conditionOf(tenant, 'Reconciling')).toMatchObject({ status: 'True' })
    expect(conditionOf(tenant, 'Stalled')).toMatchObject({ status: 'False' })
  })

  test('heals when the plan names one that exists', async () => {
    await applyPlan(env.kubectl, plan, smallPlan())
    await untilConverged(env.kubectl, name)
  })
})
