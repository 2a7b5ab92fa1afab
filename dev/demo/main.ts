/** `make demo`: from nothing to two tenants that answer. Every step finds done what is done, so it can be repeated. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheRoot } from '../cluster/cache.ts'
import { consoleProgress, elapsed, explained, type Progress, wasReported } from '../cluster/progress.ts'
import { type ProviderChoice, upCluster } from '../cluster/providers.ts'
import { stateDirOf } from '../cluster/state.ts'
import { versions } from '../versions.ts'
import { authorityFile, installCertificate } from './ingress-certificate.ts'
import { ingressClient } from './ingress-client.ts'
import { buildDemoImages, installOperator, loadDemoImages } from './installation.ts'
import { kubectlOf } from './kubectl.ts'
import { logIn, readCredentials } from './login.ts'
import { nextSteps } from './next-steps.ts'
import { linkPrograms } from './programs.ts'
import { applyDemoProxmox, startDemoProxmox, untilProxmoxReady } from './proxmox.ts'
import { applyDemoTenants, type Tenant, untilDemoTenantsReady } from './tenants.ts'

const { values } = parseArgs({
  options: { name: { type: 'string', default: 'demo' }, provider: { type: 'string', default: 'auto' } },
})
const startedMs = performance.now()
const progress = consoleProgress()
try {
  console.log(expectation())
  console.log(await demo(values.name, values.provider as ProviderChoice, progress))
} catch (error) {
  if (!(error instanceof Error)) throw error
  if (!wasReported(error)) console.error(explained(error).join('\n'))
  console.error('make demo goes on from here when it is run again; make down removes what is there.')
  process.exitCode = 1
}

async function demo(name: string, provider: ProviderChoice, progress: Progress): Promise<string> {
  const stateDir = stateDirOf(name)
  const [cluster, images] = await Promise.all([upCluster({ name, provider, progress }), buildDemoImages(progress)])
  const kubectl = await kubectlOf(cluster, progress)
  const [proxmox] = await Promise.all([
    progress.step('simulated Proxmox VE', () => startDemoProxmox(cluster, stateDir)),
    progress.step('load the images of the demo', () => loadDemoImages(cluster, stateDir, images)),
  ])
  await progress.step('certificate for the hosts of the demo', () => installCertificate(kubectl, stateDir))
  await progress.step('operator (kubectl apply -k deploy)', () => installOperator(kubectl, stateDir, images))
  if (proxmox) await progress.step('Proxmox cluster', () => applyDemoProxmox(kubectl, proxmox))
  await progress.step('apply plans and tenants', () => applyDemoTenants(kubectl, { proxmox: proxmox !== undefined }))
  const tenants = await untilDemoTenantsReady(kubectl, progress)
  if (proxmox) await progress.step('Proxmox cluster is Ready', () => untilProxmoxReady(kubectl))
  const ingress = await ingressClient(cluster, stateDir)
  const visit = async (tenant: Tenant) => {
    const host = new URL(tenant.status?.url ?? '').host
    const page = await ingress.ask(host, { path: '/' })
    if (page.status !== 200) throw new Error(`https://${host}/ answers ${page.status}`)
    return logIn(ingress, host, await readCredentials(kubectl, tenant))
  }
  for (const tenant of tenants) {
    const { url } = tenant.status ?? {}
    await progress.step(`${url}: page, and login with the credentials that status names`, () => visit(tenant))
  }
  const where = { stateDir, programs: await linkPrograms(stateDir), proxmoxUrl: proxmox?.outerUrl }
  const tables = proxmox === undefined ? 'tenants' : 'tenants,tenantmachines,networkleases'
  const table = await kubectl.run(['get', tables, '--all-namespaces'])
  const took = `Everything is up after ${elapsed(performance.now() - startedMs)}.`
  return `\n${table}\n\n${took}\n\n${nextSteps(cluster, where, tenants)}`
}

/** What people have to wait for. */
function expectation(): string {
  if (existsSync(join(cacheRoot(), `bin/kubelet-${versions.kubernetes}`))) {
    return existsSync(authorityFile(stateDirOf(values.name)))
      ? 'A running cluster takes some seconds.'
      : 'This takes about two minutes: all programs are in the cache.'
  }
  return [
    'The first run on a machine takes about 20 minutes where nothing can be downloaded but Go modules and Debian packages,',
    'most of it compiling, and a few minutes where releases can be. Later runs take about two.',
  ].join('\n')
}
