/** The least that any operator would have to write, sent once each over this operator's own transport. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Arena } from '../arena/arena.ts'
import { tenantManifest } from '../arena/customer.ts'
import { hasRevision, watchTenants } from '../arena/tenant-watch.ts'
import { modelOf } from '../limit/model.ts'
import { compiled } from './compiled.ts'
import type { Contender } from './contender.ts'
import { nodeProcess } from './node-process.ts'
import { operatorProcess } from './tenantry.ts'

const MAIN = resolve(import.meta.dirname, '../limit/main.ts')
const MODULES = [
  ...['client', 'config', 'transport', 'identity/kubeconfig'].map(module => `src/kube/${module}.ts`),
  ...['src/proxmox/at-most.ts', 'bench/limit/write.ts'],
]
/** As long as the names of the tenants. */
const MODEL = 'bench-0000'
const INSTALLED_WITHIN_MS = 60_000

export const limit: Contender = {
  title: 'limit: bare writes',
  async prepare(arena, tenants) {
    const tenant = await installedModel(arena)
    const { writes, changedObjects } = await modelOf(arena, tenant)
    const listFile = join(arena.stateDir, 'limit.json')
    const tenantsFile = join(arena.stateDir, 'tenants.json')
    await writeFile(listFile, JSON.stringify(writes), { mode: 0o600 })
    await writeFile(tenantsFile, JSON.stringify(tenants))
    const { administrator, stateDir } = arena
    const writer = nodeProcess({
      args: [MAIN, administrator.kubeconfig, listFile, tenantsFile],
      env: await compiled(stateDir, MODULES),
      logFile: join(stateDir, 'log/limit.log'),
      channel: true,
    })
    return {
      user: administrator.user,
      worker: writer,
      changedObjects,
      operator: false,
      reportsReady: false,
      startRequests: 0,
      async install() {
        await writer.start()
        await writer.ask('install')
      },
      upgrade: () => writer.ask('upgrade'),
      stop: writer.stop,
    }
  },
}

/** One tenant as the operator installs it. */
async function installedModel(arena: Arena) {
  const operator = operatorProcess(arena)
  await mkdir(join(arena.stateDir, 'model'), { recursive: true })
  await arena.kube.create(tenantManifest(MODEL))
  const watch = await watchTenants(arena)
  try {
    await operator.start()
    await watch.whenAll('installed', hasRevision(1), INSTALLED_WITHIN_MS)
  } finally {
    await operator.stop()
    await watch.stop()
  }
  const tenant = await arena.kube.get({ ...tenantManifest(MODEL), name: MODEL })
  if (tenant === undefined) throw new Error('Cannot find the model: it was installed a moment ago')
  return tenant
}
