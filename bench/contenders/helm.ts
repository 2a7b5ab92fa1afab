/** A loop of `helm upgrade --install`, two at a time, with the same chart and values: what scripts and pipelines do. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { namespaceName, releaseName } from '../../src/plan/names.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import type { Arena } from '../arena/arena.ts'
import { chartDir, desiredOf, type Version } from '../arena/customer.ts'
import { readCpu } from '../measure/process.ts'
import type { Contender } from './contender.ts'

const AT_ONCE = 2

export const helm: Contender = {
  title: 'helm upgrade --install -P2',
  async prepare(arena, tenants) {
    const home = join(arena.stateDir, 'helm')
    await mkdir(home, { recursive: true })
    for (const version of [1, 2] as const) await writeValues(home, tenants, version)
    const running = new Set<number>()
    const run = async (version: Version) => {
      const file = (tenant: string) => valuesFile(home, tenant, version)
      await mapAtMost(tenants, AT_ONCE, tenant => upgrade(arena, tenant, file(tenant), home, running))
    }
    return {
      user: arena.administrator.user,
      // This process has no other children that end within a phase.
      worker: { cpuSeconds: () => readCpu(process.pid).children, pids: () => [...running] },
      operator: false,
      reportsReady: false,
      startRequests: 0,
      install: () => run(1),
      upgrade: () => run(2),
      restart: () => run(2),
      stop: async () => {},
    }
  },
}

async function upgrade(
  { administrator, helm }: Arena,
  tenant: string,
  values: string,
  home: string,
  running: Set<number>,
): Promise<void> {
  const args = ['upgrade', '--install', releaseName(tenant), chartDir, '--values', values]
  const place = ['--namespace', namespaceName(tenant), '--create-namespace']
  const child = execa(helm, [...args, ...place], {
    env: {
      KUBECONFIG: administrator.kubeconfig,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      KUBECACHEDIR: join(home, 'kube'),
    },
    stdin: 'ignore',
    stdout: 'ignore',
  })
  const { pid = 0 } = child
  running.add(pid)
  await child.finally(() => running.delete(pid))
}

async function writeValues(home: string, tenants: readonly string[], version: Version): Promise<void> {
  for (const tenant of tenants) {
    const { release } = await desiredOf({ name: tenant, uid: '00000000-0000-0000-0000-000000000000' }, version)
    await writeFile(valuesFile(home, tenant, version), JSON.stringify(release.values))
  }
}

function valuesFile(home: string, tenant: string, version: Version): string {
  return join(home, `${tenant}.v${version}.json`)
}
