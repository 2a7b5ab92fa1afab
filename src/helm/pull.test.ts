/** Against a stand-in for the helm binary; the real one, with a real registry, is in test/integration/chart-source.test.ts. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChartCredentials } from './credentials.ts'
import { type PullOptions, pullChart } from './pull.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-pull-'))
  await mkdir(join(folder, 'private'))
})
afterEach(() => rm(folder, { recursive: true }))

const request = { name: 'shop', repository: 'oci://registry.example/charts', version: '1.x' }
const credentials: ChartCredentials = { username: 'puller', password: 'planted-secret', ca: 'a certificate' }

/** `pull` is what the stand-in does when it is asked for a chart. It keeps its arguments, environment and files. */
async function helm(pull: string, chart = 'name: shop\nversion: 1.4.0'): Promise<PullOptions> {
  const binary = join(folder, 'helm')
  const script = [
    '#!/bin/sh',
    `echo "$@" >> ${folder}/argv; env >> ${folder}/env`,
    `[ "$1" = show ] && { printf '%s\\n' '${chart}'; exit 0; }`,
    `mkdir -p ${folder}/seen; cp -p *.json *.yaml *.crt ${folder}/seen/ 2>/dev/null`,
    `ls -l > ${folder}/modes`,
    pull,
  ]
  await writeFile(binary, script.join('\n'), { mode: 0o755 })
  return { binary, privateDir: join(folder, 'private'), env: { PATH: process.env.PATH } }
}

const BRINGS = `printf archive > charts/shop-1.4.0.tgz; echo "Digest: sha256:${'1'.repeat(64)}"`

async function said(name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8')
}

test('a chart is what its archive says, and nothing of the pull is left', async () => {
  const { archive, digest, ...chart } = await pullChart(await helm(BRINGS), request, credentials)
  expect({ ...chart, archive: Buffer.from(archive).toString() }).toEqual({
    name: 'shop',
    version: '1.4.0',
    archive: 'archive',
  })
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  expect(await readdir(join(folder, 'private'))).toEqual([])
})

test.each([
  ['oci://registry.example/charts', 'registry.json'],
  ['https://charts.example/stable', 'repositories.yaml'],
])('a password for %s stands in a file that nobody else reads, and in no argument', async (repository, file) => {
  await pullChart(await helm(BRINGS), { ...request, repository }, credentials)
  const [argv, env, modes, config] = await Promise.all(['argv', 'env', 'modes', `seen/${file}`].map(said))
  expect(`${argv}${env}`).not.toMatch(/planted-secret|cHVsbGVyOnBsYW50ZWQtc2VjcmV0|puller/)
  expect(`${config}`).toMatch(/planted-secret|cHVsbGVyOnBsYW50ZWQtc2VjcmV0/)
  expect(modes).toMatch(new RegExp(`^-rw-------.* ${file}$`, 'm'))
  expect(argv).toContain('--version=1.x')
})

test('a failure has the words of helm, without password, folder and port', async () => {
  const words = 'read tcp 10.0.0.7:41234->10.0.0.9:443: planted-secret in $PWD/registry.json'
  const failing = await helm(`echo "Error: ${words}" >&2; exit 1`)
  await expect(pullChart(failing, request, credentials)).rejects.toMatchObject({
    reason: 'ChartUnavailable',
    message:
      'Cannot get chart shop 1.x from oci://registry.example/charts: read tcp 10.0.0.9:443: [value] in …/registry.json',
  })
})

test('why a repository cannot be read is told, not that it cannot', async () => {
  const update =
    'printf \'...Unable to get an update from the "source" chart repository (x):\\n\\t401 Unauthorized\\n\'; exit 1'
  const pulling = pullChart(await helm(update), { ...request, repository: 'https://charts.example' }, {})
  await expect(pulling).rejects.toThrow('from https://charts.example: 401 Unauthorized')
})

test.each([
  ['has another digest than is asked for', BRINGS, `sha256:${'2'.repeat(64)}`, undefined, 'ChartDigestMismatch'],
  ['has the digest of its manifest', BRINGS, `sha256:${'1'.repeat(64)}`, undefined, undefined],
  ['is not there after all', 'true', undefined, undefined, 'ChartInvalid'],
  ['is another chart', BRINGS, undefined, 'name: other\nversion: 1.4.0', 'ChartInvalid'],
  ['is too large', 'head -c 20971521 /dev/zero > charts/shop-1.4.0.tgz', undefined, undefined, 'ChartInvalid'],
])('an archive that %s', async (_, pull, digest, chart, reason) => {
  const asked = { ...request, ...(digest === undefined ? {} : { digest }) }
  const pulled = pullChart(await helm(pull, chart), asked, {})
  await (reason === undefined ? pulled : expect(pulled).rejects.toMatchObject({ reason }))
})

test('a helm that hangs is ended, and one that is missing is told', async () => {
  const hanging = { ...(await helm('exec sleep 60')), timeoutMs: 100 }
  await expect(pullChart(hanging, request, {})).rejects.toMatchObject({ reason: 'ChartUnavailable' })
  const missing = { ...(await helm('')), binary: '/nowhere/helm' }
  await expect(pullChart(missing, request, {})).rejects.toMatchObject({ reason: 'HelmUnusable' })
})
