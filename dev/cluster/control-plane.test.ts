import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { binary } from './binaries/binary.ts'
import { startControlPlane } from './control-plane/ephemeral.ts'
import { observePrograms } from './control-plane/process.ts'
import { controlPlaneProvider } from './control-plane/provider.ts'
import { silentProgress } from './progress.ts'
import { readCluster, stateRoot } from './state.ts'

const reason = await controlPlaneProvider.unavailable()
/** A first run builds or downloads the servers. */
const firstRunMs = 30 * 60_000

async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa(await binary('kubectl'), ['--kubeconfig', kubeconfig, ...args])
  return stdout
}

describe.skipIf(reason !== undefined)(`a control plane${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const name = 'test-control-plane'
  const stateDir = join(stateRoot, `${name}.kept`)
  const options = { name, stateDir, progress: silentProgress }

  beforeAll(async () => {
    await controlPlaneProvider.up(options)
  }, firstRunMs)
  afterAll(() => controlPlaneProvider.down(options), 60_000)

  const kubeconfig = join(stateDir, 'kubeconfig')
  const names = () => observePrograms(stateDir).map(program => program.name)
  const all = ['etcd', 'kube-apiserver', 'kube-controller-manager']

  test('namespaces come, hold objects, and go', async () => {
    await kubectl(kubeconfig, 'create', 'namespace', 'shop')
    await kubectl(kubeconfig, '-n', 'shop', 'create', 'configmap', 'settings', '--from-literal=colour=blue')
    expect(await kubectl(kubeconfig, '-n', 'shop', 'get', 'configmap', 'settings', '-o', 'jsonpath={.data}')).toBe(
      '{"colour":"blue"}',
    )
    await kubectl(kubeconfig, 'delete', 'namespace', 'shop', '--timeout=60s')
    expect(await kubectl(kubeconfig, 'get', 'namespace', 'shop', '--ignore-not-found')).toBe('')
  }, 90_000)

  test('service accounts get tokens that the API server accepts', async () => {
    const token = await kubectl(kubeconfig, 'create', 'token', 'default')
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
    const { stdout } = await execa(
      await binary('kubectl'),
      ['--kubeconfig', kubeconfig, 'create', '-f', '-', '-o', 'jsonpath={.status.user.username}'],
      { input: JSON.stringify(review) },
    )
    expect(stdout).toBe('system:serviceaccount:default:default')
  }, 30_000)

  test('requests are written to the audit log without their bodies', async () => {
    await kubectl(kubeconfig, 'create', 'secret', 'generic', 'audited', '--from-literal=password=planted-secret')
    const log = await readFile(join(stateDir, 'log/audit.log'), 'utf8')
    const event = log.split('\n').find(line => line.includes('"verb":"create"') && line.includes('"name":"audited"'))
    expect(JSON.parse(event ?? '{}')).toMatchObject({
      level: 'Metadata',
      stage: 'ResponseComplete',
      responseStatus: { code: 201 },
    })
    expect(log).not.toContain(Buffer.from('planted-secret').toString('base64'))
  }, 30_000)

  test('up finds a healthy one and repairs one whose etcd was killed', async () => {
    const before = observePrograms(stateDir)
    expect(await controlPlaneProvider.up(options)).toEqual(await readCluster(stateDir))
    expect(observePrograms(stateDir)).toEqual(before)

    const etcd = before.find(program => program.name === 'etcd')
    process.kill(etcd?.pid ?? 0, 'SIGKILL')
    await vi.waitUntil(() => !names().includes('etcd'), { timeout: 20_000 })
    await controlPlaneProvider.up(options)
    expect(names().toSorted()).toEqual(all)
    expect(await kubectl(kubeconfig, 'get', '--raw', '/readyz')).toBe('ok')
  }, 90_000)

  test('several run at once, each with data of its own; one of a killed test run goes with the next, any by its name', async () => {
    const noSuchPid = 2 ** 30
    const abandoned = join(stateRoot, `${name}.${noSuchPid}.1`)
    await mkdir(abandoned)
    const { cluster: other } = await startControlPlane({ name })
    const folder = join(other.kubeconfig, '..')
    await expect(access(abandoned)).rejects.toThrow('ENOENT')
    await kubectl(other.kubeconfig, 'create', 'namespace', 'only-there')
    expect(await kubectl(kubeconfig, 'get', 'namespace', 'only-there', '--ignore-not-found')).toBe('')
    expect(observePrograms(folder)).toHaveLength(all.length)
    await execa(process.execPath, [join(import.meta.dirname, 'main.ts'), 'down', '--name', other.name])
    expect(observePrograms(folder)).toEqual([])
    await expect(access(folder)).rejects.toThrow('ENOENT')
    expect(names().toSorted()).toEqual(all)
  }, 60_000)

  test('down leaves no process and no file, and may be called again', async () => {
    await controlPlaneProvider.down(options)
    await controlPlaneProvider.down(options)
    expect(names()).toEqual([])
    await expect(readFile(join(stateDir, 'cluster.json'))).rejects.toThrow('ENOENT')
  }, 30_000)
})
