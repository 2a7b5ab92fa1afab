/**
 * The same operator as one would write it on @dot-i/k8s-operator: the same objects for each tenant (by the same pure
 * plan), the release by `helm upgrade --install`, the result in the status. JavaScript, for its packages are installed by
 * the bench alone.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import dotI from '@dot-i/k8s-operator'
import { KubernetesObjectApi } from '@kubernetes/client-node'
import { parseTenant, parseTenantPlan } from '../../../src/crds/parse.ts'
import { loadChart } from '../../../src/helm/chart.ts'
import { desiredTenant } from '../../../src/plan/tenant.ts'

const [helm, chartsDir, baseDomain] = process.argv.slice(2)
const chart = await loadChart(chartsDir, 'tenant')
const GROUP = 'tenantry.dev'
const FINALIZER = `${GROUP}/bench`
const NEIGHBOURS = {
  ingressNamespace: 'traefik',
  databaseOperatorNamespace: 'cnpg-system',
  monitoringNamespace: 'monitoring',
  apiServer: [],
}

class TenantOperator extends dotI.default {
  #plans = new Map()
  #tenants = new Map()
  #objects = KubernetesObjectApi.makeApiClient(this.kubeConfig)

  async init() {
    await this.watchResource(GROUP, 'v1alpha1', 'tenantplans', event => this.#planChanged(event))
    await this.watchResource(GROUP, 'v1alpha1', 'tenants', event => this.#tenantChanged(event))
  }

  async #planChanged({ type, object, meta }) {
    this.#plans.set(meta.name, object)
    if (type !== dotI.ResourceEventType.Modified) return
    const using = [...this.#tenants.values()].filter(tenant => tenant.object.spec.plan === meta.name)
    for (const tenant of using) await this.#reconcile(tenant)
  }

  async #tenantChanged(event) {
    const { type, object, meta } = event
    if (type === dotI.ResourceEventType.Deleted) {
      this.#tenants.delete(meta.name)
      return
    }
    const known = this.#tenants.get(meta.name)
    this.#tenants.set(meta.name, { object, meta })
    if (await this.handleResourceFinalizer(event, FINALIZER, async () => {})) return
    // Its own writes of status come back as changes.
    if (known?.reconciled === object.metadata.generation) {
      this.#tenants.get(meta.name).reconciled = known.reconciled
      return
    }
    await this.#reconcile(this.#tenants.get(meta.name))
  }

  async #reconcile(tenant) {
    const { object, meta } = tenant
    const plan = this.#plans.get(object.spec.plan)
    if (plan === undefined) return
    const { name, uid, generation } = object.metadata
    const desired = desiredTenant({
      tenant: { name, uid },
      spec: parseTenant(object).value.spec,
      plan: parseTenantPlan(plan).value.spec,
      chart,
      host: `${name}.${baseDomain}`,
      operator: { namespace: 'tenantry-system', serviceAccount: 'tenantry-operator' },
      neighbours: NEIGHBOURS,
    })
    for (const wanted of [desired.namespace, ...desired.access, ...desired.policies]) await this.#write(wanted)
    for (const { object, plain, randomBytes: random } of desired.secrets)
      await this.#createSecret(object, plain, random)
    const revision = await upgrade(desired.release)
    tenant.reconciled = generation
    const release = {
      name: desired.release.name,
      revision,
      chartVersion: chart.version,
      digest: desired.release.digest,
    }
    await this.patchResourceStatus(meta, {
      observedGeneration: generation,
      namespace: desired.namespace.metadata.name,
      release,
    })
  }

  /** As the documentation of the client shows it: read, then create or patch. */
  async #write(wanted) {
    if (await this.#exists(wanted)) {
      const headers = { headers: { 'content-type': 'application/merge-patch+json' } }
      await this.#objects.patch(wanted, undefined, undefined, 'bench', undefined, headers)
    } else {
      await this.#objects.create(wanted)
    }
  }

  async #createSecret(object, plain, random) {
    if (await this.#exists(object)) return
    const made = Object.entries(random).map(([key, bytes]) => [key, randomBytes(bytes).toString('base64url')])
    await this.#objects.create({ ...object, stringData: { ...plain, ...Object.fromEntries(made) } })
  }

  async #exists(object) {
    try {
      await this.#objects.read(object)
      return true
    } catch (error) {
      if (error.statusCode === 404) return false
      throw error
    }
  }
}

function upgrade({ name, namespace, values }) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const args = [
    'upgrade',
    '--install',
    name,
    `${chartsDir}/tenant`,
    '--namespace',
    namespace,
    '--values=-',
    '--output=json',
  ]
  const child = spawn(helm, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const output = []
  child.stdout.on('data', piece => output.push(piece))
  child.on('error', reject)
  child.on('close', code => {
    if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString()).version)
    else reject(new Error(`helm ended with ${code}`))
  })
  child.stdin.end(JSON.stringify(values))
  return promise
}

const say = message => console.log(message)
const operator = new TenantOperator({ debug: () => {}, info: say, warn: say, error: say })
process.once('SIGTERM', () => {
  operator.stop()
  process.exit(0)
})
await operator.start()
