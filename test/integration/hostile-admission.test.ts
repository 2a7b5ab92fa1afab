/** The schema is written once and asked twice, by the API server and by the operator: what means ill finds them of one mind, too. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubectlOf } from '../../dev/demo/kubectl.ts'
import { parseTenant, parseTenantPlan } from '../../src/crds/parse.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import { type HostileManifest, hostilePlan, hostileTenant } from '../make/hostile-manifest.ts'
import { type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
let transport: Transport
beforeAll(async () => {
  environment = await startKubeEnvironment('hostile-admission')
  const kubectl = await kubectlOf(environment)
  await kubectl.run(['apply', '--server-side', '-k', 'deploy/crds'])
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
  transport = environment.connect().transport
})
afterAll(() => environment?.stop())

const kinds = [
  { resource: 'tenants', manifests: hostileTenant, parse: parseTenant, count: 400 },
  { resource: 'tenantplans', manifests: hostilePlan, parse: parseTenantPlan, count: 200 },
]

test.each(kinds)(
  'what the API server takes of hostile $resource, the operator takes, and the other way round',
  async kind => {
    const { resource, manifests, parse, count } = kind
    const sent = fc.sample(manifests, { numRuns: count, seed: 4 })
    const answers = await Promise.all(sent.map(manifest => dryRun(resource, manifest)))
    const found = answers.map(({ status, body }, index) => {
      // The operator gets what the API server stores: without nulls and unknown fields, and with the defaults.
      const parsed = parse(status === 201 ? JSON.parse(body) : sent[index])
      return {
        status,
        operator: parsed.ok ? 'takes' : 'refuses',
        manifest: sent[index]?.spec,
        said: parsed.ok ? body : parsed.message,
      }
    })
    const counts: Record<string, number> = {}
    for (const { status, operator } of found) {
      const key = `${status === 201 ? 'taken' : `refused (${status})`} by the API server, the operator ${operator} it`
      counts[key] = (counts[key] ?? 0) + 1
    }
    console.log(resource, counts)
    expect(found.filter(({ status, operator }) => (status === 201) !== (operator === 'takes'))).toEqual([])
    expect(new Set(found.map(({ status }) => status))).toEqual(new Set([201, 422]))
  },
)

function dryRun(resource: string, { kind, spec, metadata }: HostileManifest) {
  return transport.request({
    method: 'POST',
    path: `/apis/${API_VERSION}/${resource}?dryRun=All&fieldValidation=Ignore`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: API_VERSION, kind, spec, metadata: { name: metadata.name } }),
    verb: 'create',
    resource,
    what: `create ${kind} ${metadata.name}`,
  })
}
