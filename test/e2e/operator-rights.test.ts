import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { operatorDeployment, operatorNamespace } from '../../dev/demo/installation.ts'
import { type Kubectl, kubectlOf } from '../../dev/demo/kubectl.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { environment, journey } from './environment.ts'
import { uniqueName } from './tenant-client.ts'

const forbidden = /[Ff]orbidden|denied/

journey('what the token of the operator cannot do', () => {
  let operator: Kubectl

  beforeAll(async () => {
    const { kubectl, stateDir } = await environment()
    const kubeconfig = join(stateDir, `${uniqueName('operator')}.kubeconfig`)
    await writeOperatorKubeconfig(kubectl, kubeconfig)
    operator = await kubectlOf({ kubeconfig })
    return () => rm(kubeconfig)
  })

  test('it is the operator, and can do its work', async () => {
    expect(await operator.run(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])).toBe(
      `system:serviceaccount:${operatorNamespace}:${operatorDeployment}`,
    )
    expect(await operator.run(['get', 'tenants', '-o', 'name'])).toContain('acme')
    expect(await operator.run(['get', 'secret', '-n', 'tenant-acme', 'tenantry-admin', '-o', 'name'])).toContain(
      'tenantry-admin',
    )
  })

  test.each([
    ['read the Secrets of kube-system', ['get', 'secrets', '-n', 'kube-system']],
    ['read all Secrets of the cluster', ['get', 'secrets', '--all-namespaces']],
    ['read Secrets where no tenant is', ['get', 'secrets', '-n', 'traefik']],
    ['delete the namespace default', ['delete', 'namespace', 'default', '--wait=false']],
    ['relabel the namespace default', ['label', 'namespace', 'default', 'tenantry.dev/tenant=acme']],
    ['delete the namespace of another system', ['delete', 'namespace', 'cnpg-system', '--wait=false']],
    ['delete nodes', ['delete', 'nodes', '--all', '--wait=false']],
    ['start programs in the pods of a tenant', ['exec', '-n', 'tenant-acme', 'db-1', '-c', 'postgres', '--', 'id']],
    [
      'change what it may do',
      [
        'create',
        'clusterrolebinding',
        'mine',
        '--clusterrole=cluster-admin',
        `--user=system:serviceaccount:${operatorNamespace}:${operatorDeployment}`,
      ],
    ],
    ['be somebody else', ['get', 'tenants', '--as=system:admin']],
    [
      'be another ServiceAccount',
      ['get', 'pods', '-n', 'tenant-acme', '--as=system:serviceaccount:kube-system:default'],
    ],
    [
      'bind a role where no tenant is',
      [
        'create',
        'rolebinding',
        'mine',
        '-n',
        'default',
        '--clusterrole=tenantry-release',
        '--serviceaccount=default:default',
      ],
    ],
  ])('%s', async (_, args) => {
    await expect(operator.run(args)).rejects.toThrow(forbidden)
  })

  test('as the ServiceAccount of a release, it sees the objects of that tenant and of no other', async () => {
    const as = '--as=system:serviceaccount:tenant-acme:tenantry-release'
    expect(await operator.run(['get', 'deployments', '-n', 'tenant-acme', '-o', 'name', as])).toContain('api')
    await expect(operator.run(['get', 'deployments', '-n', 'tenant-initech', as])).rejects.toThrow(forbidden)
    await expect(operator.run(['get', 'secrets', '-n', 'tenant-initech', as])).rejects.toThrow(forbidden)
    await expect(operator.run(['get', 'namespaces', as])).rejects.toThrow(forbidden)
  })
})
