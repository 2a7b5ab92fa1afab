/** Against a stand-in for the helm binary; the real one is in test/integration. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { foundSecrets } from '../../test/e2e/secret-search.ts'
import { makeDesiredRelease, makeReleaseObject } from '../../test/make/release.ts'
import { chartFolder } from './chart.ts'
import { createHelm, type HelmOptions } from './run.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-helm-'))
})
afterEach(() => rm(folder, { recursive: true }))

const release = makeDesiredRelease({ values: { admin: { password: 'planted-secret' } } })

async function helm(script: string, options: Partial<HelmOptions> = {}) {
  const binary = join(folder, 'helm')
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return createHelm({
    binary,
    charts: chartFolder('/charts'),
    kubeconfig: '/kubeconfig',
    privateDir: folder,
    ...options,
  })
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => {
      throw new Error('no failure')
    },
    (error: unknown) => error as Error,
  )
}

test('the values go in by standard input, and the release object comes out', async () => {
  const rendered = makeReleaseObject()
  const { render } = await helm(`cat > input; echo "$@" > argv; env > env; echo '${JSON.stringify(rendered)}'`, {
    env: { PATH: process.env.PATH, HELM_NAMESPACE: 'kube-system' },
  })
  expect(await render({ release })).toEqual({ release: rendered })
  const [input = '', argv, env] = await Promise.all(
    ['input', 'argv', 'env'].map(name => readFile(join(folder, name), 'utf8')),
  )
  expect(JSON.parse(input)).toEqual(release.values)
  expect(argv).toContain('upgrade --install tenant-acme /charts/shop')
  expect(argv + String(env)).not.toContain('planted-secret')
  expect(env).not.toContain('HELM_NAMESPACE')
})

test('a failure says what helm said, without the values', async () => {
  const { render } = await helm(
    'echo "level=WARN planted-secret" >&2; echo "Error: values do not meet: planted-secret\n- too short" >&2; exit 1',
  )
  const error = await failureOf(render({ release }))
  expect({ ...error, message: error.message }).toEqual({
    name: 'HelmError',
    reason: 'RenderFailed',
    message: 'Cannot render chart shop for release tenant-acme: values do not meet: [value] - too short',
    exitCode: 1,
    stderr: 'level=WARN [value]\nError: values do not meet: [value]\n- too short\n',
  })
})

test('the search for secrets finds them in a failure where redaction is switched off', async () => {
  const planted = [{ name: 'the password', value: 'planted-secret' }]
  const script = 'echo "Error: values do not meet: planted-secret" >&2; exit 1'
  const search = async (options: Partial<HelmOptions>) => {
    const error = await failureOf((await helm(script, options)).render({ release }))
    return foundSecrets(planted, new Map([['the error', JSON.stringify({ ...error, message: error.message })]]))
  }
  expect(await search({})).toEqual([])
  expect(await search({ redact: text => text })).toEqual(['the password is in the error'])
})

test.each([
  ['Error: ConfigMap "x" exists and cannot be imported into the current release: x', 'OwnedByAnother'],
  ['Error: path "/charts/shop" not found', 'ChartNotFound'],
  ['Error: could not get information about the resource ClusterRole "x" in namespace "": x', 'OutsideNamespace'],
  ['Error: could not get information about the resource Pod "x" in namespace "tenant-acme": x', 'RenderFailed'],
  [
    'Error: could not get information about the resource Pod "x" in namespace "tenant-acme": pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "tenant-acme"',
    'Forbidden',
  ],
  [
    'Error: template: shop/x.yaml:1: pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "other"',
    'RenderFailed',
  ],
  [
    'Error: unable to build kubernetes objects: no matches for kind "Cluster" in version "postgresql.cnpg.io/v1"',
    'KindNotServed',
  ],
  ['', 'RenderFailed'],
])('%j is %s', async (stderr, reason) => {
  const { render } = await helm(`echo '${stderr}' >&2; exit 1`)
  expect(await failureOf(render({ release }))).toMatchObject({ reason })
})

test('a right that is missing is told alone, and what is outside of the namespace with its object', async () => {
  const denied = (namespace: string) =>
    `Error: could not get information about the resource Pod "x" in namespace "${namespace}": pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "${namespace}"`
  const told = async (namespace: string) => {
    const { render } = await helm(`echo '${denied(namespace)}' >&2; exit 1`)
    return (await failureOf(render({ release }))).message.replace(/^.* for release tenant-acme: /, '')
  }
  expect([await told('tenant-acme'), await told('elsewhere')]).toEqual([
    'pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "tenant-acme"',
    denied('elsewhere').replace('Error: ', ''),
  ])
})

test('a helm that answers nonsense, hangs, is missing or is killed is told apart', async () => {
  expect(await failureOf((await helm('echo planted-secret')).render({ release }))).toMatchObject({
    reason: 'ReleaseUnreadable',
    message: 'Cannot read a release object: it is not JSON',
  })
  expect(await failureOf((await helm('exec sleep 60', { timeoutMs: 50 })).render({ release }))).toMatchObject({
    reason: 'RenderTimedOut',
    message: 'Cannot render chart shop for release tenant-acme: helm took longer than 0.05 s',
  })
  expect(await failureOf((await helm('', { binary: '/nowhere/helm' })).render({ release }))).toMatchObject({
    reason: 'HelmUnusable',
    message: 'Cannot run helm (/nowhere/helm): ENOENT',
  })
  expect(await failureOf((await helm('kill -9 $$')).render({ release }))).toMatchObject({
    reason: 'HelmUnusable',
    message: expect.stringContaining('SIGKILL'),
  })
})

test('when the operator stops, helm under way is ended and no other is started', async () => {
  const stopping = new AbortController()
  const { render } = await helm('touch started; exec sleep 60', { signal: stopping.signal })
  const under = failureOf(render({ release }))
  await expect.poll(() => readFile(join(folder, 'started')).catch(() => undefined)).toBeDefined()
  stopping.abort()
  expect(await under).toMatchObject({ reason: 'RenderAborted' })
  expect(await failureOf(render({ release }))).toMatchObject({ reason: 'RenderAborted' })
})
