import { beforeAll, expect, test } from 'vitest'
import { readWrites } from './audit-log.ts'
import { type Environment, environment, journey } from './environment.ts'
import { type ListedObject, listEverything, objectName } from './object-list.ts'
import {
  applyPlan,
  applyTenant,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilReady,
  untilRevision,
} from './tenant-client.ts'

const plan = uniqueName('changing')
const name = uniqueName('upgraded')

journey('a tenant whose plan changes', () => {
  let env: Environment
  let before: ListedObject[]
  let after: ListedObject[]
  let since: Date

  beforeAll(async () => {
    env = await environment()
    const { kubectl } = env
    await applyPlan(kubectl, plan, smallPlan({ app: { webReplicas: 2 } }))
    await applyTenant(kubectl, name, { plan, deletionPolicy: 'Delete' })
    await untilReady(kubectl, name)
    before = await listEverything(kubectl, namespaceOf(name))
    since = new Date()
    await applyPlan(kubectl, plan, smallPlan({ app: { webReplicas: 1 } }))
    await untilRevision(kubectl, name, 2)
    after = await listEverything(kubectl, namespaceOf(name))
  })

  test('gets a new revision that writes only what changed, and prunes what is gone', async () => {
    const writes = await readWrites(env, {
      since,
      namespace: namespaceOf(name),
      // The operator, and the account of the release; the name of a node may begin like theirs.
      by: writer => /^system:serviceaccount:[^:]+:tenantry-/.test(writer),
    })
    const ofTheRelease = writes.filter(({ resource }) => !['secrets', 'tenantreleases', 'events'].includes(resource))
    expect(ofTheRelease.map(({ verb, resource, name }) => `${verb} ${resource}/${name}`).sort()).toEqual([
      'delete poddisruptionbudgets/web',
      'patch deployments/web',
    ])
  })

  test('has what the plan says now', () => {
    expect(replicasOf(before)).toBe(2)
    expect(replicasOf(after)).toBe(1)
    const names = (objects: ListedObject[]) =>
      objects.filter(({ kind }) => kind === 'PodDisruptionBudget').map(objectName)
    expect(names(before)).toContain(`policy/v1/PodDisruptionBudget ${namespaceOf(name)}/web`)
    expect(names(after)).not.toContain(`policy/v1/PodDisruptionBudget ${namespaceOf(name)}/web`)
  })

  test('keeps the credentials, byte for byte', () => {
    for (const secret of ['tenantry-admin', 'tenantry-jwt', 'db-app']) {
      const of = (objects: ListedObject[]) =>
        objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === secret)
      expect(of(before)?.data).toBeDefined()
      expect(of(after)).toEqual(of(before))
    }
  })
})

function replicasOf(objects: readonly ListedObject[]): unknown {
  const web = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web')
  return (web?.spec as { replicas?: number } | undefined)?.replicas
}
