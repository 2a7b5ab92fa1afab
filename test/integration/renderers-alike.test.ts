/** Every chart, rendered by the renderer and by `helm upgrade --install --dry-run=server`: the same bytes. */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { desiredOf } from '../../bench/arena/customer.ts'
import { cloudNativePgKinds } from '../../dev/cluster/binaries/cloudnative-pg-manifest.ts'
import { applyRelease } from '../../src/helm/apply.ts'
import { renderArgs, renderInput } from '../../src/helm/argv.ts'
import { objectsIn, parseManifest } from '../../src/helm/manifest.ts'
import { observeRelease } from '../../src/helm/observe.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { RenderRequest } from '../../src/helm/port.ts'
import { createRecordStore } from '../../src/helm/record-store.ts'
import { revisionBefore } from '../../src/helm/revision-before.ts'
import { RELEASE_SERVICE_ACCOUNT, releaseUser } from '../../src/plan/names.ts'
import { chartsDir, type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'
import { type RawRenderer, startRawRenderer } from './raw-renderer.ts'

let environment: HelmEnvironment
let raw: RawRenderer
/** Nothing is installed there. */
let empty: ReleaseIdentity
/** The chart `shop` is. */
let shop: ReleaseIdentity
beforeAll(async () => {
  environment = await startHelmEnvironment('renderers-alike')
  await environment.kubectl(['apply', '--server-side', '-f', '-'], await cloudNativePgKinds())
  const established = ['wait', '--for=condition=Established', '--timeout=30s', 'crd/clusters.postgresql.cnpg.io']
  await vi.waitFor(() => environment.kubectl(established), { timeout: 30_000, interval: 50 })
  raw = await startRawRenderer(await environment.abilities())
  empty = await environment.createTenant('empty')
  shop = await environment.createTenant('shop')
  // helm looks at each object before it says what it has rendered.
  for (const { namespace } of [empty, shop]) {
    const account = `--serviceaccount=${namespace}:${RELEASE_SERVICE_ACCOUNT}`
    const rights = ['create', 'rolebinding', 'all', '--clusterrole=cluster-admin', account, '-n', namespace]
    await environment.kubectl(rights)
    const may = ['auth', 'can-i', '*', '*', '-n', namespace, `--as=${releaseUser(namespace)}`]
    await vi.waitFor(() => environment.kubectl(may), { timeout: 30_000, interval: 50 })
  }
  expect(await applyRelease(environment.ports, await environment.desired(shop))).toMatchObject({ outcome: 'done' })
})
afterAll(async () => {
  await raw?.stop()
  await environment?.stop()
})

async function requestFor(release: ReleaseIdentity, chart: string, values: object = {}): Promise<RenderRequest> {
  const { kube, now } = environment.ports
  const { history } = await observeRelease(kube, release)
  const before = await revisionBefore(createRecordStore(kube, release, now), history)
  const desired = await environment.desired(release, values as Record<string, unknown>, chart)
  return before === undefined ? { release: desired } : { release: desired, before }
}

async function byHelm({ release }: RenderRequest, chartPath: string): Promise<string> {
  const { kubeconfig, privateDir } = environment
  const printed = await environment.helm(
    renderArgs(release, { chartPath, kubeconfig, privateDir }),
    renderInput(release),
  )
  return printed.trimEnd()
}

function pathOf({ release }: RenderRequest): Promise<string> {
  return environment.charts.pathOf(release.chart)
}

async function byRenderer(request: RenderRequest): Promise<string> {
  return (await raw.ask(await pathOf(request), request)).release
}

/** When something was rendered is the only thing in which two renders may differ. */
function timeless(json: string, { before }: RenderRequest): string {
  const times = before === undefined ? /"(first|last)_deployed":"[^"]+"/g : /"(last)_deployed":"[^"]+"/g
  return json.replaceAll(times, '"$1_deployed":"now"')
}

async function expectAlike(request: RenderRequest, chartPath?: string): Promise<string> {
  const path = chartPath ?? (await pathOf(request))
  const { release, documents } = await raw.ask(path, request)
  expect(timeless(release, request)).toBe(timeless(await byHelm(request, path), request))
  const { manifest } = JSON.parse(release) as { manifest: string }
  expect(objectsIn(documents)).toEqual(parseManifest(manifest))
  return release
}

/** They look into the cluster, which the renderer leaves to helm. */
const LOOKING = ['nosy', 'umbrella']

test('every chart, with its defaults: installed and upgraded', async () => {
  const charts = ['tenant', ...(await readdir(chartsDir))]
  expect(charts).toEqual(expect.arrayContaining(['tenant', 'rich', 'hooked', ...LOOKING]))
  for (const chart of charts.filter(name => !LOOKING.includes(name))) {
    expect(await expectAlike(await requestFor(empty, chart)), chart).toContain('"version":1')
    expect(await expectAlike(await requestFor(shop, chart)), chart).toContain('"version":2')
  }
  for (const chart of LOOKING) expect(await byRenderer(await requestFor(empty, chart)), chart).toBe('lookup')
})

test('a chart that looks into the cluster is rendered by helm, all the same', async () => {
  const request = await requestFor(empty, 'umbrella', { global: { shared: 'all' } })
  const [ours, helms] = await Promise.all([
    environment.renderer.render(request),
    byHelm(request, await pathOf(request)),
  ])
  expect(ours.release.manifest).toBe((JSON.parse(helms) as { manifest: string }).manifest)
})

test('documents that are ended with dots are left to the operator to read: it finds what is behind them', async () => {
  const request = await requestFor(empty, 'rich', { ended: true })
  const { release, documents } = await raw.ask(await pathOf(request), request)
  expect(documents).toEqual([])
  const { manifest } = JSON.parse(release) as { manifest: string }
  const ours = parseManifest(manifest).map(({ metadata }) => metadata.name)
  expect(ours).toEqual(expect.arrayContaining(['ended', 'behind', 'web']))
})

test('a chart in an archive', async () => {
  await environment.helm(['package', `${chartsDir}/rich`, '--destination', environment.privateDir])
  const request = await requestFor(empty, 'rich')
  await expectAlike(request, `${environment.privateDir}/rich-1.2.3.tgz`)
})

const RICH: object[] = [
  {
    greeting: 'Grüße, "quoted" & <b>bold</b> \u2028 \u0085 😀 {{ .Values.list }}',
    numbers: { large: 12_345_678_901_234_567_000, float: 1e-7, extra: -0.5, whole: 1.0 },
    list: [],
    replaced: { drop: null, more: { deep: [1, { a: null }] } },
    host: 'example.com',
    port: 8443,
    global: { shared: true },
    printer: { size: 4 },
    tags: { paper: true },
    mailer: { enabled: false },
  },
  { removed: null, numbers: null, mailer: { enabled: 'yes', size: null }, backend: { ports: { http: '9090' } } },
  { snippet: '{{ define "mine" }}{{ .Chart.Name }}{{ end }}{{ tpl "{{ include \\"mine\\" . }}" . }}', fail: '' },
]

test.each(RICH)('values of all sorts: %j', async values => {
  await expectAlike(await requestFor(empty, 'rich', values))
  await expectAlike(await requestFor(shop, 'rich', values))
})

test('the values of a real tenant', async () => {
  for (const version of [1, 2] as const) {
    const { values } = (await desiredOf({ name: empty.tenant.name, uid: empty.tenant.uid }, version)).release
    await expectAlike(await requestFor(empty, 'tenant', values))
  }
})

test('what came before goes on as with helm: in the hands of people, after a failure, and after an end', async () => {
  const release = await environment.createTenant('storied')
  const helm = (...args: string[]) => environment.helm([...args, '-n', release.namespace])
  await applyRelease(environment.ports, await environment.desired(release))
  await helm('upgrade', release.name, `${chartsDir}/shop`, '--server-side=false', '--set=replicas=2')
  const upgraded = await requestFor(release, 'rich')
  expect(upgraded.before).toMatchObject({ revision: 2, applyMethod: 'csa' })
  await expectAlike(upgraded)
  const store = createRecordStore(environment.ports.kube, release, environment.ports.now)
  await store.markFailed(2)
  await expectAlike(await requestFor(release, 'rich'))
  await helm('uninstall', release.name, '--keep-history')
  const again = await requestFor(release, 'rich')
  expect(again.before).toBeUndefined()
  await expectAlike(again)
})

test('the same request has the same answer, many at once too', async () => {
  const request = await requestFor(empty, 'rich', RICH[0])
  const answers = await Promise.all(Array.from({ length: 16 }, () => byRenderer(request)))
  expect(new Set(answers.map(answer => timeless(answer, request))).size).toBe(1)
})
