import { beforeAll, expect, test } from 'vitest'
import { readTenant } from '../../dev/demo/tenants.ts'
import { type Environment, environment, journey } from './environment.ts'
import { type ListedObject, listEverything, objectName, withoutBookkeeping } from './object-list.ts'
import {
  applyPlan,
  applyTenant,
  deleteTenant,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilReady,
} from './tenant-client.ts'

const plan = uniqueName('neighbours')
const leaving = uniqueName('leaving')
const staying = uniqueName('staying')
/** Pods and what follows from them change by themselves: a probe that failed, an endpoint that moved. */
const living = ['Pod', 'Endpoints', 'EndpointSlice', 'Lease', 'PodMetrics']

journey('two tenants, of which one is deleted with its data', () => {
  let env: Environment
  let uid: string
  let before: Map<string, unknown>
  let after: ListedObject[]

  beforeAll(async () => {
    env = await environment()
    const { kubectl } = env
    await applyPlan(kubectl, plan, smallPlan())
    for (const name of [leaving, staying]) await applyTenant(kubectl, name, { plan, deletionPolicy: 'Delete' })
    await Promise.all([leaving, staying].map(name => untilReady(kubectl, name)))
    uid = (await readTenant(kubectl, leaving)).metadata.uid
    before = comparable(await listEverything(kubectl, namespaceOf(staying)))
    await deleteTenant(kubectl, leaving)
    after = await listEverything(kubectl)
  })

  test('nothing of the deleted one is left in the cluster', () => {
    const mentions = (object: ListedObject) => JSON.stringify(withoutBookkeeping(object))
    const left = after.filter(object => mentions(object).includes(leaving) || mentions(object).includes(uid))
    expect(left.map(objectName)).toEqual([])
  })

  test('the other one has the same objects, with the same content', () => {
    expect(before.size).toBeGreaterThan(25)
    const own = after.filter(({ metadata }) => metadata.namespace === namespaceOf(staying))
    expect(Object.fromEntries(comparable(own))).toEqual(Object.fromEntries(before))
  })

  test('the other one is Ready all the time', async () => {
    const { status } = await readTenant(env.kubectl, staying)
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    expect(ready).toMatchObject({ status: 'True' })
    const lastChange = Date.parse(ready?.lastTransitionTime ?? '')
    expect(lastChange).toBe(Date.parse(status?.provisioning?.readyAt ?? ''))
  })
})

function comparable(objects: readonly ListedObject[]): Map<string, unknown> {
  const lasting = objects.filter(({ kind }) => !living.includes(kind))
  return new Map(lasting.map(object => [objectName(object), withoutBookkeeping(object)]))
}
