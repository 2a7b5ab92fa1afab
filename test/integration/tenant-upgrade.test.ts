/** An installed tenant whose plan changes: only what differs is written, what is gone is pruned, Secrets stay. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubeObject } from '../../src/plan/object.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('upgrade')
  await environment.apply(planManifest('small'), tenantManifest('acme'))
  await environment.startOperator()
  await revision(1)
})
afterAll(() => environment?.stop())

const NAMESPACE = 'tenant-acme'
const KINDS =
  'deployments,services,configmaps,ingresses,serviceaccounts,networkpolicies,resourcequotas,limitranges,rolebindings'

async function revision(number: number): Promise<void> {
  await eventually(
    () => environment.get('tenants.tenantry.dev', 'acme'),
    found =>
      conditionsOf(found).ReleaseReady === 'True Deployed' &&
      (found?.status as { release?: { revision?: number } } | undefined)?.release?.revision === number,
  )
}

/** `Deployment api` → resourceVersion of its last write by the operator, not by controllers that report status. */
async function writes(): Promise<Map<string, string>> {
  const json = await environment.kubectl(['get', KINDS, '-n', NAMESPACE, '-o', 'json', '--show-managed-fields'])
  const { items } = JSON.parse(json) as { items: KubeObject[] }
  return new Map(
    items.map(({ kind, metadata }) => [
      `${kind} ${metadata.name}`,
      JSON.stringify([metadata.generation, metadata.annotations?.['tenantry.dev/applied-digest']]),
    ]),
  )
}

async function changed(act: () => Promise<void>): Promise<string[]> {
  const before = await writes()
  await act()
  const after = await writes()
  return [...new Set([...before.keys(), ...after.keys()])].filter(key => before.get(key) !== after.get(key)).sort()
}

test('another image for the API writes its Deployment and nothing else', async () => {
  const secret = await environment.get('secret', 'tenantry-admin', NAMESPACE)
  const list = await changed(async () => {
    await environment.apply(planManifest('small', { apiImage: 'registry.example/api:2.0.0' }))
    await revision(2)
  })
  expect(list).toEqual(['Deployment api'])
  expect(await environment.get('secret', 'tenantry-admin', NAMESPACE)).toEqual(secret)
})

test('what a bigger plan adds is pruned when the plan is small again', async () => {
  const added = await changed(async () => {
    await environment.apply(
      planManifest('small', { apiImage: 'registry.example/api:2.0.0', webReplicas: 3, apiReplicas: 3 }),
    )
    await revision(3)
  })
  const budgets = await environment.list('poddisruptionbudgets', NAMESPACE)
  expect(added).toEqual(['Deployment api', 'Deployment web'])
  expect(budgets.length).toBeGreaterThan(0)
  await environment.apply(planManifest('small', { apiImage: 'registry.example/api:2.0.0' }))
  await revision(4)
  expect(await environment.list('poddisruptionbudgets', NAMESPACE)).toEqual([])
})

test('a restarted operator with nothing to do starts no helm and writes nothing', async () => {
  const operator = await environment.startOperator()
  const metrics = async () => (await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`)).text()
  await eventually(metrics, text => /tenantry_reconciles_total\{outcome="(wait|done)"\} [1-9]/.test(text))
  const text = await metrics()
  expect(text).not.toMatch(/tenantry_helm_renders_total\{result="ok"\} [1-9]/)
  expect(text).not.toMatch(/verb="(create|apply|patch|delete)",resource="(?!leases|tenants\/status)/)
  await operator.stop()
})
