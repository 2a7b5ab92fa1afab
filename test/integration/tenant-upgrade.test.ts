/** An installed tenant whose plan changes: only what differs is written, what is gone is pruned, Secrets stay. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodedRecord } from '../../src/helm/record.ts'
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

const acme = () => environment.get('tenants.tenantry.dev', 'acme')

async function revision(number: number): Promise<void> {
  await eventually(
    acme,
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

async function takenBack(): Promise<string[]> {
  const events = await environment.list('events', 'default')
  return events.filter(({ reason }) => reason === 'TakenBack').map(({ message }) => String(message))
}

const toldOf = (theirs: number, ours: number) =>
  `Revision ${theirs}, which somebody's helm made, is replaced by ${ours}, as the Tenant and its plan say.`

test.each([
  ['upgrade', ['charts/tenant', '--reuse-values', '--set=web.replicas=2'], 5],
  ['rollback', ['3'], 7],
])('what somebody does with helm %s is taken back within seconds, and an event says so', async (verb, args, theirs) => {
  await environment.helm([verb, 'tenant-acme', ...args, '-n', NAMESPACE])
  await revision(theirs + 1)
  await eventually(takenBack, told => told.includes(toldOf(theirs, theirs + 1)))
  expect((await environment.get('deployment', 'web', NAMESPACE))?.spec).toMatchObject({ replicas: 1 })
})

test("somebody's helm at work is waited for, and one that died is replaced", async () => {
  const record = (number: number) => `sh.helm.release.v1.tenant-acme.v${number}`
  const last = (await environment.get('secret', record(8), NAMESPACE)) as KubeObject
  const release = { ...decodedRecord(last), version: 9, info: { status: 'pending-upgrade' } }
  const inner = gzipSync(JSON.stringify(release)).toString('base64')
  const data = { release: Buffer.from(inner).toString('base64') }
  const pending = (modifiedAt: number) =>
    environment.apply({
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', data },
      metadata: {
        name: record(9),
        namespace: NAMESPACE,
        labels: {
          ...{ owner: 'helm', name: 'tenant-acme', version: '9', status: 'pending-upgrade' },
          modifiedAt: `${modifiedAt}`,
        },
      },
    })
  const seconds = Math.floor(Date.now() / 1000)
  await pending(seconds)
  await environment.kubectl(['annotate', 'tenants.tenantry.dev', 'acme', 'example.org/look=now'])
  const waiting = await eventually(acme, found => conditionsOf(found).Ready === 'False HelmAtWork')
  expect(JSON.stringify(waiting)).toContain("Somebody's helm is at work on revision 9 of release tenant-acme")
  await pending(seconds - 300)
  await revision(10)
  await eventually(takenBack, told => told.includes(toldOf(9, 10)))
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
