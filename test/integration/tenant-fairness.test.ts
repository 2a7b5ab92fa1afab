/** What one tenant does to the others: by the order in which passes end, not by seconds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import type { Operator } from '../../src/controllers/operator.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
let folder: string
let operator: Operator | undefined
beforeAll(async () => {
  environment = await startEnvironment('fairness')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-fairness-'))
})
afterEach(() => operator?.stop())
afterAll(async () => {
  await environment?.stop()
  await rm(folder, { recursive: true })
})

/** As for charts that look into the cluster: a process for each render. */
const ONLY_HELM = { renderer: 'none' }

interface Line {
  readonly tenant?: string
  readonly generation?: number
  readonly decision?: string
  readonly reason?: string
}

const lines = () =>
  environment.log.map(line => JSON.parse(line) as Line).filter(({ decision }) => decision === 'blocked')
const statusOf = (name: string) => environment.get('tenants.tenantry.dev', name)

/** Helm's own record is there. */
const untilInstalled = (name: string) =>
  eventually(
    () => environment.get('secret', `sh.helm.release.v1.tenant-${name}.v1`, `tenant-${name}`),
    record => record !== undefined,
  )

/** The real one, but for tenants whose name says otherwise. What hangs does so for as long as `hang` is there. */
async function writeMoodyHelm(): Promise<{ helm: string; hang: string }> {
  const [helm, hang] = [join(folder, 'helm'), join(folder, 'hang')]
  const script = [
    '#!/bin/sh',
    `case "$*" in *tenant-hanging*) [ ! -e ${hang} ] || exec sleep 600 ;; esac`,
    'case "$*" in *tenant-broken*) echo "Error: this chart is broken" >&2; exit 1 ;; esac',
    `exec ${await binary('helm')} "$@"`,
  ]
  await writeFile(helm, `${script.join('\n')}\n`, { mode: 0o755 })
  await writeFile(hang, '')
  return { helm, hang }
}

test('tenants whose charts hang or fail do not delay the others, and an edit frees the one that hangs', async () => {
  const { helm, hang } = await writeMoodyHelm()
  operator = await environment.startOperator({ helm, ...ONLY_HELM, workers: '2', 'render-timeout-seconds': '600' })
  const hanging = ['hanging-a', 'hanging-b', 'hanging-c']
  await environment.apply(planManifest('small'), ...[...hanging, 'broken'].map(name => tenantManifest(name)))
  const waits = 'its chart to be rendered'
  for (const name of hanging) {
    await eventually(
      () => statusOf(name),
      found => JSON.stringify(found?.status).includes(waits),
    )
  }
  await environment.apply(tenantManifest('acme'), tenantManifest('globex'))
  for (const name of ['acme', 'globex']) {
    await untilInstalled(name)
  }
  for (const name of hanging) expect(JSON.stringify((await statusOf(name))?.status)).toContain(waits)
  await rm(hang)
  await environment.apply(tenantManifest('hanging-a', { companyName: 'Edited' }))
  await untilInstalled('hanging-a')
})

test('an edit overtakes hundreds of tenants that are due', async () => {
  const { helm } = await writeMoodyHelm()
  const names = Array.from({ length: 200 }, (_, n) => `t-${n}`)
  // One host for all, so that a pass is short: it finds that another has it.
  const manifest = (name: string, spec = {}) =>
    tenantManifest(name, { plan: 'later', domain: 'one.example.org', ...spec })
  await environment.apply(...names.map(name => manifest(name)))
  operator = await environment.startOperator({ helm, ...ONLY_HELM, workers: '2' })
  await eventually(
    () => environment.list('tenants.tenantry.dev'),
    tenants => tenants.filter(tenant => conditionsOf(tenant).Ready === 'False PlanNotFound').length === names.length,
    120_000,
  )
  // All are due when the plan comes, and then somebody edits one.
  await environment.apply(planManifest('later'), manifest('t-199', { companyName: 'Edited' }))
  const blocked = () => lines().filter(({ reason }) => reason === 'HostConflict')
  await eventually(
    async () => new Set(blocked().map(({ tenant }) => tenant)).size,
    count => count === 199,
    120_000,
  )
  const edited = blocked().findIndex(({ tenant, generation }) => tenant === 't-199' && generation === 2)
  const before = new Set(
    blocked()
      .slice(0, edited)
      .map(({ tenant }) => tenant),
  )
  expect(edited).toBeGreaterThan(-1)
  expect(before.size).toBeLessThan(130)
})
