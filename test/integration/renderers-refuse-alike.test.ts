/** What helm refuses, the renderer refuses with the same words, and nobody is asked a second time. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HelmError } from '../../src/helm/errors.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { Renderer, RevisionBefore } from '../../src/helm/port.ts'
import { type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'

let environment: HelmEnvironment
let release: ReleaseIdentity
let folder: string
let renderer: Renderer
let helm: Renderer
beforeAll(async () => {
  environment = await startHelmEnvironment('renderers-refuse')
  release = await environment.createTenant('refused')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
  const charts = { pathOf: async ({ name }: { name: string }) => join(folder, name) }
  helm = environment.helmWith({ charts })
  const never: Renderer = { render: () => Promise.reject(new Error('helm was asked')) }
  renderer = environment.rendererWith({ charts, helm: never })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await environment?.stop()
})

const CHART = 'apiVersion: v2\nname: refused\nversion: 0.1.0\n'
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'

const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', pattern: '^[a-z]+$' }, size: { type: 'integer', maximum: 3 } },
})

let charts = 0
async function chart(files: Record<string, string>): Promise<string> {
  charts += 1
  const name = `refused-${charts}`
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true })
    await writeFile(join(folder, name, path), text)
  }
  return name
}

async function refusalOf({ render }: Renderer, name: string, values: object, before?: RevisionBefore) {
  const desired = {
    ...(await environment.desired(release, values as Record<string, unknown>)),
    chart: { name, version: '0.1.0', digest: name },
  }
  const refusal = await render(before === undefined ? { release: desired } : { release: desired, before }).catch(
    (error: unknown) => error,
  )
  if (!(refusal instanceof HelmError)) throw new Error(`no refusal: ${JSON.stringify(refusal)}`)
  return { reason: refusal.reason, message: refusal.message }
}

const template = (text: string) => ({ 'Chart.yaml': CHART, 'templates/a.yaml': text })

const CASES: [string, Record<string, string>, object, string][] = [
  ['a value that is required', template('{{ required "give a name" .Values.name }}'), {}, 'give a name'],
  ['a chart that fails', template('{{ fail "not like this" }}'), {}, 'not like this'],
  [
    'a failure deep inside',
    {
      ...template('{{ include "a" . }}'),
      'templates/_a.tpl': '{{ define "a" }}{{ tpl "{{ fail .Values.why }}" . }}{{ end }}',
    },
    { why: 'so deep' },
    'so deep',
  ],
  ['a template that is none', template('{{ if }}'), {}, 'missing value for if'],
  ['a function that nobody has', template('{{ env "HOME" }}'), {}, 'function "env" not defined'],
  ['a value of another kind', template('{{ .Values.a.b.c }}'), { a: 'text' }, 'evaluate field b'],
  ['a template that calls itself', template('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'), {}, ''],
  [
    'values that the schema refuses',
    { 'Chart.yaml': CHART, 'values.schema.json': SCHEMA },
    { name: 'A1', size: 7 },
    '',
  ],
  [
    'values that the schema misses',
    { 'Chart.yaml': CHART, 'values.schema.json': SCHEMA },
    {},
    "missing property 'name'",
  ],
  ['a schema that is none', { 'Chart.yaml': CHART, 'values.schema.json': '{"type": 7}' }, {}, ''],
  [
    'a Kubernetes that is too new',
    { ...template(MAP), 'Chart.yaml': `${CHART}kubeVersion: "<1.20.0"\n` },
    {},
    '<1.20.0',
  ],
  [
    'a dependency that is not there',
    { ...template(MAP), 'Chart.yaml': `${CHART}dependencies:\n  - { name: gone, version: 1.0.0 }\n` },
    {},
    'gone',
  ],
  [
    'a library',
    { ...template(MAP), 'Chart.yaml': `${CHART}type: library\n` },
    {},
    'library charts are not installable',
  ],
  ['an object that is no YAML', template(`${MAP} broken: [`), {}, ''],
  ['a folder without a chart', { 'values.yaml': '' }, {}, 'Chart.yaml'],
  ['a Chart.yaml that is none', { 'Chart.yaml': 'name: [' }, {}, 'Chart.yaml'],
  ['no folder at all', {}, {}, 'not found'],
]

test.each(CASES)('%s', async (_, files, values, said) => {
  const name = await chart(files)
  const refusal = await refusalOf(renderer, name, values)
  expect(refusal).toEqual(await refusalOf(helm, name, values))
  expect(refusal.message).toContain(said)
})

test('a refusal of an upgrade has the same words as that of an installation, as with helm', async () => {
  const before = { revision: 1, firstDeployed: '2026-11-21T08:00:00Z', applyMethod: 'ssa' }
  const name = await chart(template('{{ fail "no" }}'))
  const { message } = await refusalOf(renderer, name, {}, before)
  expect(message).toMatch(/^Cannot render chart \S+ for release tenant-refused: UPGRADE FAILED: .*no$/)
})
