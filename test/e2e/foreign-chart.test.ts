import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { type Environment, environment, journey } from './environment.ts'

/** The operator renders as this account, by the same flag of helm. */
const account = 'system:serviceaccount:tenant-acme:tenantry-release'

journey('a chart that looks up what is none of its business', () => {
  let env: Environment
  let folder: string
  let helm: string

  beforeAll(async () => {
    env = await environment()
    helm = await binary('helm')
    folder = await mkdtemp(join(tmpdir(), 'tenantry-chart-'))
    await writeFile(join(folder, 'Chart.yaml'), stringify({ apiVersion: 'v2', name: 'curious', version: '0.1.0' }))
  })

  afterAll(() => rm(folder, { recursive: true }))

  test('gets what is in its own namespace', async () => {
    expect(await render('"apps/v1" "Deployment" "tenant-acme" "api"')).toContain('found: api')
  })

  test.each([
    ["a neighbour's Secret", '"v1" "Secret" "tenant-initech" "tenantry-admin"'],
    ["a neighbour's Deployment", '"apps/v1" "Deployment" "tenant-initech" "api"'],
    ['the Secrets of kube-system', '"v1" "Secret" "kube-system" ""'],
    ['a namespace', '"v1" "Namespace" "" "tenant-initech"'],
    ['the tenants', '"tenantry.dev/v1alpha1" "Tenant" "" "initech"'],
  ])('is refused %s', async (_, what) => {
    await expect(render(what)).rejects.toThrow(/forbidden/)
  })

  async function render(what: string): Promise<string> {
    const template = `{{- with lookup ${what} }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: curious\ndata:\n  found: {{ .metadata.name }}\n{{- end }}\n`
    await mkdir(join(folder, 'templates'), { recursive: true })
    await writeFile(join(folder, 'templates/found.yaml'), template)
    const who = ['--kubeconfig', env.cluster.kubeconfig, '--kube-as-user', account]
    const { stdout } = await execa(helm, [
      'template',
      'curious',
      folder,
      '--dry-run=server',
      '-n',
      'tenant-acme',
      ...who,
    ])
    return stdout
  }
})
