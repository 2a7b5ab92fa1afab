import { pino } from 'pino'
import { expect, test } from 'vitest'
import { makeDesired, TENANT } from '../../test/make/tenant.ts'
import { HelmError } from '../helm/errors.ts'
import { KubeError } from '../kube/errors.ts'
import type { Stage, Step } from '../plan/step.ts'
import { ProxmoxError } from '../proxmox/errors.ts'
import { unobserved } from './machine-conclusion.ts'
import { interruptedOutcome, observationFailure } from './observation-failure.ts'
import { failureOf, runStages } from './stage-runner.ts'
import type { StepResult } from './worlds.ts'

const forbidden = new KubeError({
  status: 403,
  reason: 'Forbidden',
  message: 'Cannot delete Namespace tenant-acme: no',
})
const { namespace, release, secrets } = makeDesired()
const [secret] = secrets
if (secret === undefined) throw new Error('a tenant has Secrets')
const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'tenant-acme', name: 'tenantry-admin' }

const apply: Step = { do: 'kube.apply', object: namespace }
const upgrade: Step = { do: 'helm.upgrade', release }
const everyStep: readonly Step[] = [
  apply,
  { do: 'kube.createSecret', secret },
  { do: 'kube.delete', ref, uid: 'u' },
  { do: 'kube.setVolumePolicy', volume: 'pv-1', policy: 'Retain', labels: {} },
  { do: 'kube.copySecret', from: ref, to: secret.object },
  { do: 'kube.setFinalizer', tenant: TENANT, present: true },
  { do: 'kube.setFinalizer', tenant: TENANT, present: false },
  upgrade,
  { do: 'helm.uninstall', release: 'tenant-acme', namespace: 'tenant-acme', tenant: TENANT },
]

async function run(stages: readonly Stage[], applyStep: (step: Step) => StepResult = () => ({ waitingFor: [] })) {
  const tried: string[] = []
  const lines: string[] = []
  const result = await runStages(
    {
      logger: pino({ level: 'info' }, { write: line => void lines.push(line) }),
      worlds: {
        applyStep: async step => {
          tried.push(step.do)
          return applyStep(step)
        },
      },
    },
    stages,
  )
  return { result, tried, lines, messages: lines.map(line => (JSON.parse(line) as { msg: string }).msg) }
}

test('stages are carried out in order, and what they wait for adds up', async () => {
  const stages: Stage[] = [
    { name: 'Namespace', steps: [apply] },
    { name: 'Release', steps: [upgrade] },
  ]
  const { result, tried } = await run(stages, step => ({ waitingFor: [step.do] }))
  expect({ result, tried }).toEqual({
    result: { failures: [], waitingFor: ['kube.apply', 'helm.upgrade'] },
    tried: ['kube.apply', 'helm.upgrade'],
  })
})

test('a failure for which the API server is to blame says so, and how long that wants to be left alone', async () => {
  const busy = new KubeError({ status: 429, reason: 'TooManyRequests', message: 'Cannot: busy', retryAfterMs: 3_000 })
  const { result } = await run([{ name: 'Access', steps: [apply] }], () => {
    throw busy
  })
  expect(result.failures).toEqual([
    { stage: 'Access', reason: 'TooManyRequests', message: 'Cannot: busy', passing: { atLeastMs: 3_000 } },
  ])
})

const proxmoxError = (kind: 'fenced' | 'closed') =>
  new ProxmoxError({ kind, what: 'POST /pools', why: 'no', status: 0 })
const brokenOff = [
  new KubeError({ status: 0, reason: 'WriteFenced', message: 'Cannot: no lease' }),
  proxmoxError('fenced'),
  proxmoxError('closed'),
  new HelmError({ reason: 'RenderAborted', message: 'Cannot: no lease' }),
]

test('what this process itself breaks off, as without its lease, is nothing to tell anybody, and ends the pass', async () => {
  for (const error of brokenOff) {
    const interrupted = run([{ name: 'Release', steps: [upgrade] }], () => {
      throw error
    })
    await expect(interrupted).rejects.toBe(error)
    const logger = pino({ level: 'silent' })
    expect(() => observationFailure(error, logger)).toThrow(error)
    if (error instanceof ProxmoxError) expect(() => unobserved(error)).toThrow(error)
    expect(interruptedOutcome(error, logger).end).toMatch(/^(wait|backoff)$/)
  }
})

test('a failed step does not stop those beside it, and stops the stages after it', async () => {
  const stages: Stage[] = [
    { name: 'Access', steps: [apply, { do: 'kube.createSecret', secret }] },
    { name: 'Release', steps: [upgrade] },
  ]
  const { result, tried } = await run(stages, step => {
    if (step.do === 'kube.apply') throw forbidden
    return { waitingFor: ['Secret'] }
  })
  expect({ result, tried }).toEqual({
    result: {
      failures: [{ stage: 'Access', reason: 'Forbidden', message: 'Cannot delete Namespace tenant-acme: no' }],
      waitingFor: ['Secret'],
    },
    tried: ['kube.apply', 'kube.createSecret'],
  })
})

test('every step is told in words, and no value of a Secret with it', async () => {
  const { messages, lines } = await run([{ name: 'Teardown', steps: everyStep }])
  expect(messages).toEqual([
    'applied Namespace tenant-acme',
    'made Secret tenantry-admin',
    'deleted Secret tenantry-admin',
    'set the policy of volume pv-1 to Retain',
    'copied Secret tenantry-admin to tenantry-admin',
    'added the finalizer',
    'removed the finalizer',
    `brought release tenant-acme to ${release.digest.slice(0, 12)}`,
    'deleting release tenant-acme',
  ])
  expect(lines.join('')).not.toContain('ada@acme.example')
})

test('errors of the worlds are fit for people', () => {
  const rendering = new HelmError({ reason: 'RenderFailed', message: 'Cannot render: values do not fit' })
  expect([forbidden, rendering].map(error => failureOf('Release', error))).toEqual([
    { stage: 'Release', reason: 'Forbidden', message: 'Cannot delete Namespace tenant-acme: no' },
    { stage: 'Release', reason: 'RenderFailed', message: 'Cannot render: values do not fit' },
  ])
})

test('of an error that nobody thought of only its name is told, for it may carry anything', () => {
  const message = 'An unexpected TypeError happened; the operator’s log has it.'.replace('’', "'")
  expect([new TypeError('planted-secret'), 'planted-secret'].map(error => failureOf('Access', error))).toEqual([
    { stage: 'Access', reason: 'UnexpectedError', message },
    { stage: 'Access', reason: 'UnexpectedError', message: message.replace('TypeError', 'string') },
  ])
})
