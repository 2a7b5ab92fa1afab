import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { environment, journey } from './environment.ts'

/** What the operator renders as, by the same flag of helm. */
const account = 'system:serviceaccount:tenant-acme:tenantry-release'

journey('a chart that looks up what is none of its business, rendered with the token of the operator', () => {
  let kubeconfig: string
  let folder: string
  let helm: string

  beforeAll(async () => {
    const { kubectl } = await environment()
    helm = await binary('helm')
    folder = await mkdtemp(join(tmpdir(), 'tenantry-chart-'))
    kubeconfig = join(folder, 'operator.kubeconfig')
    await writeOperatorKubeconfig(kubectl, kubeconfig)
    await mkdir(join(folder, 'chart/templates'), { recursive: true })
    await writeFile(
      join(folder, 'chart/Chart.yaml'),
      stringify({ apiVersion: 'v2', name: 'curious', version: '0.1.0' }),
    )
    return () => rm(folder, { recursive: true })
  })

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
    await writeFile(join(folder, 'chart/templates/found.yaml'), lookup(what))
    const who = ['--kubeconfig', kubeconfig, '--kube-as-user', account, '-n', 'tenant-acme']
    return (await execa(helm, ['template', 'curious', join(folder, 'chart'), '--dry-run=server', ...who])).stdout
  }
})

function lookup(what: string): string {
  return `
{{- with lookup ${what} }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: curious
data:
  found: {{ .metadata.name }}
{{- end }}
`
}
