/** Ten thousand manifests that mean ill, through whole passes: parse, plan, values, command line, status. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type HostileManifest, hostileChart, hostilePlan, hostileTenant } from '../../test/make/hostile-manifest.ts'
import { makePlanObject, makeTenantObject, type Pass, runPass } from '../../test/make/pass.ts'
import { makeLook } from '../../test/make/slice.ts'
import { emptyWorld, TENANT } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { chartSchema } from '../crds/plan-chart.ts'
import { tenantStatusSchema } from '../crds/tenant.ts'
import { renderArgs, renderEnv, renderInput } from '../helm/argv.ts'
import { pullArgs } from '../helm/pull-argv.ts'
import { chartRequest } from '../plan/chart-resolution.ts'
import type { KubeObject } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import type { Step } from '../plan/step.ts'

interface Run extends Pass {
  readonly name: string
  readonly carriedOut: readonly Step[]
}

const PLACES = { chartPath: '/charts/tenant', kubeconfig: '/private/kubeconfig', privateDir: '/private' }
const builtIns = [Object, Array, String, Function].map(({ prototype }) => prototype)
const shapeOfBuiltIns = () => builtIns.map(prototype => Reflect.ownKeys(prototype).map(String))
const before = shapeOfBuiltIns()

/** On which nothing is yet. */
const proxmox = makeLook()

const runs: Run[] = []
beforeAll(async () => {
  const pairs = fc.sample(fc.tuple(hostileTenant, fc.option(hostilePlan, { freq: 2 })), { numRuns: 10_000, seed: 4 })
  for (const [tenant, plan] of pairs) runs.push(await passOf(tenant, plan))
}, 900_000)

async function passOf({ metadata, spec }: HostileManifest, plan: HostileManifest | null): Promise<Run> {
  const { name } = metadata
  const carriedOut: Step[] = []
  const object = makeTenantObject({ spec, metadata: { ...metadata, finalizers: [] } })
  const planName = (spec as { plan?: unknown } | null)?.plan
  const good = makePlanObject(plan === null ? undefined : plan.spec)
  const plans = typeof planName === 'string' ? [{ ...good, metadata: { ...good.metadata, name: planName } }] : []
  const neighbour = makeTenantObject({ metadata: { name: 'globex', uid: 'uid-of-globex' } })
  const apply = (step: Step) => {
    carriedOut.push(step)
    return { waitingFor: [] }
  }
  const tenants = [neighbour, { ...object, kind: 'Tenant' }]
  const pass = await runPass({ name, cache: makeCache({ tenants, plans }), observed: emptyWorld(), proxmox, apply })
  return { ...pass, name, carriedOut }
}

function releasesIn({ carriedOut }: Run): DesiredRelease[] {
  return carriedOut.flatMap(step => (step.do === 'helm.upgrade' ? [step.release] : []))
}

test('each is refused or handled, and enough of both kinds are among them to mean something', () => {
  const counts: Record<string, number> = {}
  for (const { conditions } of runs) {
    const key = conditions.Stalled?.startsWith('True')
      ? `refused: ${conditions.Stalled}`
      : `handled: ${conditions.Ready}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  console.log(counts)
  expect(runs).toHaveLength(10_000)
  const handled = runs.filter(run => releasesIn(run).length === 1).length
  const refused = runs.filter(({ outcome }) => outcome.end === 'terminal').length
  expect({ many: handled > 1000, others: refused > 1000 }).toEqual({ many: true, others: true })
})

test('no step leaves the namespace of its tenant, or touches what is of another one', { timeout: 60_000 }, () => {
  const places = runs.flatMap(({ name, carriedOut }) => carriedOut.map(step => [placeOf(step), `tenant-${name}`, name]))
  expect(places.filter(([found, namespace, name]) => found !== namespace && found !== `Tenant ${name}`)).toEqual([])
})

test('nothing of a manifest but the name gets into the command line and the environment of helm', {
  timeout: 60_000,
}, () => {
  for (const run of runs) {
    const plain = { name: `tenant-${run.name}`, namespace: `tenant-${run.name}` } as DesiredRelease
    for (const release of releasesIn(run)) expect(renderArgs(release, PLACES)).toEqual(renderArgs(plain, PLACES))
  }
  expect(renderEnv({}, PLACES)).not.toHaveProperty('HELM_PLUGINS')
})

test('what a plan says of its chart is in the command line of a pull one argument each, and never a flag of its own', () => {
  const places = {
    target: '/private/charts',
    config: '/private/config',
    cache: '/private/index',
    caFile: '/private/ca',
  }
  const flags =
    /^--(version=.*|destination=[/]private[/]charts|(registry|repository)-config=[/]private[/]config|repository-cache=[/]private[/]index|ca-file=[/]private[/]ca)$/
  let pulled = 0
  for (const chart of fc.sample(hostileChart, { numRuns: 5_000, seed: 5 })) {
    const accepted = chartSchema.safeParse(chart)
    const request = accepted.success ? chartRequest(accepted.data) : undefined
    if (request === undefined) continue
    pulled += 1
    const [command, place, version, ...rest] = pullArgs(request, places)
    const { repository, name } = request
    const from = repository.startsWith('oci://') ? repository : 'source'
    expect([command, place, version]).toEqual(['pull', `${from}/${name}`, `--version=${request.version}`])
    expect([place?.startsWith('-'), rest.length, rest.every(flag => flags.test(flag))]).toEqual([false, 3, true])
  }
  expect(pulled).toBeGreaterThan(300)
})

test('what helm reads on its standard input is, as JSON and as YAML, exactly the values', { timeout: 60_000 }, () => {
  for (const [index, release] of runs.flatMap(releasesIn).entries()) {
    const input = renderInput(release)
    expect(JSON.parse(input)).toEqual(release.values)
    // Reading YAML takes its time.
    if (index % 20 === 0) expect(parse(input)).toEqual(release.values)
    expect(input).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\ufeff]/u)
  }
})

test('the API server would take every status', { timeout: 60_000 }, () => {
  const refused = runs.filter(({ status }) => !tenantStatusSchema.safeParse(status).success)
  expect(refused.map(({ conditions }) => conditions)).toEqual([])
})

test('the objects that all share are as they were', () => {
  expect(shapeOfBuiltIns()).toEqual(before)
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined()
})

function placeOf(step: Step): string {
  switch (step.do) {
    case 'kube.apply':
      return placeOfObject(step.object)
    case 'kube.createSecret':
      return placeOfObject(step.secret.object)
    case 'kube.setFinalizer':
      return step.tenant.uid === TENANT.uid ? `Tenant ${step.tenant.name}` : 'another uid'
    case 'helm.upgrade':
    case 'helm.repair':
      return step.release.name === step.release.namespace ? step.release.namespace : 'another release'
    case 'proxmox.createPool':
    case 'proxmox.markPool':
    case 'proxmox.createUser':
    case 'proxmox.grant':
      return step.mark.tenant.uid === TENANT.uid ? `Proxmox VE as ${step.mark.tenant.name}` : 'another uid'
    case 'kube.delete':
    case 'kube.setVolumePolicy':
    case 'kube.copySecret':
    case 'kube.abandonLease':
    case 'helm.uninstall':
    case 'proxmox.deletePool':
    case 'proxmox.deleteUser':
    case 'proxmox.revoke':
    case 'proxmox.cloneGuest':
    case 'proxmox.createContainer':
    case 'proxmox.configureGuest':
    case 'proxmox.markGuest':
    case 'proxmox.growDisk':
    case 'proxmox.startGuest':
    case 'proxmox.stopGuest':
    case 'proxmox.destroyGuest':
      return `a step of another pass: ${step.do}`
    case 'sdn.createVnet':
    case 'sdn.createSubnet':
    case 'sdn.updateSubnet':
    case 'sdn.deleteSubnet':
    case 'sdn.deleteVnet':
    case 'sdn.apply':
      return `a step of a cluster: ${step.do}`
    default:
      return step satisfies never
  }
}

function placeOfObject({ kind, metadata }: KubeObject): string {
  return metadata.namespace ?? (kind === 'Namespace' ? metadata.name : `cluster-wide ${kind}`)
}
