/**
 * The Proxmox VE clusters as passes see them. A look is shared by all who ask while it goes on or is young enough; a step
 * makes every earlier look old. A cluster that does not answer is asked again after a while, however many ask.
 */
import { parseProxmoxCluster } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import type { Kube } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Informer } from '../kube/informer.ts'
import { conditionOf } from '../plan/condition-set.ts'
import { blindnessOf } from '../plan/proxmox-sight.ts'
import type { ProxmoxStep } from '../plan/proxmox-step.ts'
import type { ProxmoxLook, ProxmoxProblem, ProxmoxView } from '../plan/proxmox-view.ts'
import { isSdnStep } from '../plan/sdn-step.ts'
import { applyProxmoxStep } from '../proxmox/apply.ts'
import type { Proxmox } from '../proxmox/client.ts'
import { isInterrupted, ProxmoxError } from '../proxmox/errors.ts'
import { observeView } from '../proxmox/view.ts'
import type { ProxmoxConnections } from './proxmox-connections.ts'
import { reasonOf } from './proxmox-failure.ts'
import { ProxmoxUnusable } from './proxmox-unusable.ts'
import { readSecret } from './secret-reader.ts'
import type { Freshness, ProxmoxWorld, StepResult } from './worlds.ts'

export interface ProxmoxWorldOptions {
  readonly clusters: Informer
  readonly connections: ProxmoxConnections
  readonly kube: Pick<Kube, 'get'>
  readonly installation: () => string
  readonly clock: Clock
}

export interface ConnectedProxmoxWorld extends ProxmoxWorld {
  applyStep(step: ProxmoxStep): Promise<StepResult>
  /** For what a view does not have. @throws ProxmoxUnusable */
  connect(cluster: string): Promise<Proxmox>
}

/** How long one that did not answer is left alone. */
const REST_MS = 5000
/** How long anybody waits to hear that it still does not answer. */
const RETRY_PATIENCE_MS = 2000
/** Looks do not follow each other faster, so that those who have just changed something share one. */
const SPACING_MS = 500

/** The pass over the networks of a cluster works for all tenants at once. */
export const NO_TENANT = ''

const NEVER = new AbortController().signal

/** Without it nothing would be known again: not what is there, and not what is made now. */
const NAMELESS: ProxmoxProblem = {
  reason: 'InstallationUnknown',
  message:
    'The id of this installation is not known: set TENANTRY_INSTALLATION, or make the namespace of the operator.',
}

const NOT_LOOKED_AT = 'It has not been looked at yet as it is now.'

interface Taken {
  readonly startsMs: number
  readonly generation: number
  readonly view: Promise<ProxmoxView>
}

interface Failed {
  readonly atMs: number
  readonly generation: number
  readonly problem: ProxmoxProblem
  retry?: Promise<ProxmoxLook>
}

export function createProxmoxWorld(options: ProxmoxWorldOptions): ConnectedProxmoxWorld {
  const { clusters, connections, kube, installation, clock } = options
  const taken = new Map<string, Taken>()
  /** By cluster and tenant, as far as no look has begun since. */
  const changedMs = new Map<string, Map<string, number>>()
  const failed = new Map<string, Failed>()

  async function connect(name: string, spec = specOf(name)): Promise<Proxmox> {
    if (installation() === '') throw new ProxmoxUnusable(NAMELESS)
    const connection = await connections.open(name, spec)
    if (connection.problem !== undefined) throw new ProxmoxUnusable(connection.problem)
    return connection.proxmox
  }

  function specOf(name: string): ProxmoxClusterSpec {
    const parsed = parseProxmoxCluster(clusters.get(name))
    if (parsed.ok) return parsed.value.spec
    if (clusters.get(name) === undefined) {
      throw new ProxmoxUnusable({ reason: 'ClusterMissing', message: `There is no ProxmoxCluster "${name}".` })
    }
    const message = `ProxmoxCluster "${name}" is invalid: ${parsed.message}.`
    throw new ProxmoxUnusable({ reason: 'ClusterNotReady', message })
  }

  function changesIn(name: string): Map<string, number> {
    const known = changedMs.get(name) ?? new Map()
    changedMs.set(name, known)
    return known
  }

  function generationOf(name: string): number {
    return clusters.get(name)?.metadata.generation ?? 0
  }

  function viewOf(name: string, spec: ProxmoxClusterSpec, { tenant, youngerThanMs }: Freshness): Promise<ProxmoxView> {
    const nowMs = clock.nowMs()
    const generation = generationOf(name)
    const last = taken.get(name)
    const changed = changesIn(name)
    const notBeforeMs = Math.max(nowMs - youngerThanMs, changed.get(tenant) ?? Number.NEGATIVE_INFINITY)
    if (last !== undefined && last.generation === generation && last.startsMs > notBeforeMs) return last.view
    const startsMs = Math.max(nowMs, (last?.startsMs ?? Number.NEGATIVE_INFINITY) + SPACING_MS)
    const view = clock
      .sleep(startsMs - nowMs, NEVER)
      .then(() => connect(name, spec))
      .then(observeView)
    taken.set(name, { startsMs, generation, view })
    for (const [other, atMs] of changed) if (atMs < startsMs) changed.delete(other)
    // Nobody gets a look again that failed.
    view.catch(() => {
      if (taken.get(name)?.view === view) taken.delete(name)
    })
    return view
  }

  /** Never throws for what Proxmox VE does. */
  async function attempt(name: string, freshness: Freshness): Promise<ProxmoxLook> {
    try {
      const spec = specOf(name)
      const view = await viewOf(name, spec, freshness)
      failed.delete(name)
      const lacking = lackingOf(name)
      const blind = blindnessOf(spec, view, (clusters.get(name)?.status ?? {}) as Partial<ProxmoxClusterStatus>)
      return {
        found: 'view',
        spec,
        view,
        ...(lacking === undefined ? {} : { lacking }),
        ...(blind === undefined ? {} : { blind }),
      }
    } catch (error) {
      failed.delete(name)
      const problem = problemOf(name, error)
      if (error instanceof ProxmoxError)
        failed.set(name, { atMs: clock.nowMs(), generation: generationOf(name), problem })
      return { found: 'unknown', problem }
    }
  }

  async function look(name: string, freshness: Freshness): Promise<ProxmoxLook> {
    const failure = failed.get(name)
    if (failure !== undefined && failure.generation === generationOf(name)) {
      const told: ProxmoxLook = { found: 'unknown', problem: failure.problem }
      if (clock.nowMs() - failure.atMs < REST_MS) return told
      // One who asks finds out for all whether it answers again, and nobody waits long for that.
      failure.retry ??= attempt(name, freshness)
      const again = await within(failure.retry, RETRY_PATIENCE_MS, told)
      if (again.found === 'unknown') return again
    }
    const { patienceMs } = freshness
    const looking = attempt(name, freshness)
    if (patienceMs === undefined) return looking
    const message = `ProxmoxCluster "${name}" has not answered within ${patienceMs / 1000} s.`
    return within(looking, patienceMs, { found: 'unknown', problem: { reason: 'Unreachable', message } })
  }

  /** The work goes on when nobody waits for it any more. */
  async function within(work: Promise<ProxmoxLook>, ms: number, otherwise: ProxmoxLook): Promise<ProxmoxLook> {
    const waiting = new AbortController()
    try {
      return await Promise.race([work, clock.sleep(ms, waiting.signal).then(() => otherwise)])
    } finally {
      waiting.abort()
      work.catch(() => undefined)
    }
  }

  /** As the loop over clusters has found it: what it found before an edit says nothing. */
  function lackingOf(name: string): ProxmoxProblem | undefined {
    const status = (clusters.get(name)?.status ?? {}) as Partial<ProxmoxClusterStatus>
    const ready = conditionOf(status, 'Ready')
    const isCurrent = status.observedGeneration === generationOf(name)
    if (ready?.status === 'True' && isCurrent) return undefined
    const why = ready === undefined || !isCurrent ? NOT_LOOKED_AT : `${ready.reason}: ${ready.message}`
    return { reason: 'ClusterNotReady', message: `ProxmoxCluster "${name}" is not ready. ${why}` }
  }

  return {
    installation,
    look,
    connect,
    async applyStep(step) {
      const { cluster } = step
      try {
        const proxmox = await connect(cluster)
        return await applyProxmoxStep({ proxmox, readSecret: key => readSecret(kube, key) }, step)
      } finally {
        changesIn(cluster).set(isSdnStep(step) ? NO_TENANT : step.mark.tenant.name, clock.nowMs())
      }
    },
  }
}

function problemOf(name: string, error: unknown): ProxmoxProblem {
  if (error instanceof ProxmoxUnusable) return error.problem
  if (!(error instanceof ProxmoxError) || isInterrupted(error)) throw error
  return { reason: reasonOf(error.kind), message: `ProxmoxCluster "${name}" cannot be looked at. ${error.message}` }
}
