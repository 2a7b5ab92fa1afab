/** One pass over a tenant in a world that a test states, with all that a user would notice of it. */
import { pino } from 'pino'
import type { Outcome } from '../../src/controllers/outcome.ts'
import { createOwnWords, type OwnWords } from '../../src/controllers/own-words.ts'
import type { Rewrites } from '../../src/controllers/rewrite-budget.ts'
import { reconcileTenant } from '../../src/controllers/tenant.ts'
import type { ProxmoxWorld, StepResult, TenantEvent, Worlds } from '../../src/controllers/worlds.ts'
import type { TenantStatus } from '../../src/crds/tenant.ts'
import type { ObservedRelease } from '../../src/helm/observe.ts'
import type { DeletionVerdict } from '../../src/plan/deletion-breaker.ts'
import type { DriftedObject } from '../../src/plan/drift.ts'
import * as names from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { RetainedVolume, TeardownObservation, TenantObservation } from '../../src/plan/observation.ts'
import type { ProxmoxLook } from '../../src/plan/proxmox-view.ts'
import type { Step } from '../../src/plan/step.ts'
import { makeInputs, makePlan, makeSpec, TENANT } from './tenant.ts'
import { makeCache, type TestCache } from './tenant-cache.ts'

export interface PassOptions {
  /** Of the tenant that is passed over; acme without it. */
  readonly name?: string
  readonly cache?: TestCache
  readonly observed?: TenantObservation
  readonly leaving?: TeardownObservation
  readonly drifted?: readonly DriftedObject[]
  readonly rewrites?: Rewrites
  readonly mayDefer?: boolean
  readonly mayRely?: boolean
  readonly words?: OwnWords
  readonly retained?: readonly RetainedVolume[]
  readonly proxmox?: ProxmoxLook
  /** Instead of a look that is stated. */
  readonly proxmoxWorld?: ProxmoxWorld
  /** NetworkLeases of the tenant as the API server has them, if not as the watch has told. */
  readonly stored?: readonly KubeObject[]
  /** Its TenantMachines as the API server has them, if not as the watch has told. */
  readonly live?: readonly KubeObject[]
  /** Names of the Secrets of its users in Proxmox VE that exist. */
  readonly secrets?: readonly string[]
  readonly apply?: (step: Step, release?: ObservedRelease) => StepResult | Promise<StepResult>
  /** On a deletion. */
  readonly verdict?: DeletionVerdict
  /** Called before each look at the world, with the keys of Secrets that need not be read; what it throws, the pass gets. */
  readonly look?: (
    at: 'kube' | 'release' | 'teardown' | 'retained' | 'proxmox' | 'machines',
    secretKeys?: TenantObservation['secretKeys'],
  ) => void
}

export interface Pass {
  readonly outcome: Outcome
  readonly steps: readonly Step['do'][]
  readonly events: readonly TenantEvent[]
  readonly status: TenantStatus | undefined
  /** `True Converged`, by type. */
  readonly conditions: Readonly<Record<string, string>>
}

/** What was put back often enough. */
export const SPENT: Rewrites = { allows: () => false, spend: () => false }

export const NOW = '2026-01-01T00:00:00Z'

export function makeTenantObject({ spec = makeSpec(), metadata = {}, ...rest }: TenantFields = {}): KubeObject {
  return {
    apiVersion: names.API_VERSION,
    kind: 'Tenant',
    metadata: { ...TENANT, generation: 1, creationTimestamp: NOW, finalizers: [names.FINALIZER], ...metadata },
    spec,
    ...rest,
  }
}

interface TenantFields {
  readonly spec?: unknown
  readonly status?: unknown
  readonly metadata?: Partial<KubeObject['metadata']>
}

export function makePlanObject(spec: unknown = makePlan()): KubeObject {
  return { apiVersion: names.API_VERSION, kind: 'TenantPlan', metadata: { name: 'professional', generation: 1 }, spec }
}

export async function runPass(options: PassOptions): Promise<Pass> {
  const { cache = makeCache({ tenants: [makeTenantObject()], plans: [makePlanObject()] }), retained = [] } = options
  const { look = () => undefined, apply = () => ({ waitingFor: [] }) } = options
  const steps: Step['do'][] = []
  const events: TenantEvent[] = []
  const statuses: TenantStatus[] = []
  const { chart, neighbours, operator } = makeInputs()
  const seen = async <T>(at: Parameters<typeof look>[0], found: T | undefined, known?: Parameters<typeof look>[1]) => {
    look(at, known)
    if (found === undefined) throw new Error(`nobody stated what is to be seen of ${at}`)
    return found
  }
  const worlds: Worlds = {
    cache,
    charts: { named: async () => chart, resolve: async () => chart, createKinds: async () => {} },
    proxmox: options.proxmoxWorld ?? {
      installation: () => 'here',
      look: async () => seen('proxmox', options.proxmox),
    },
    neighbours: () => neighbours,
    observeKube: (_tenant, _target, secretKeys) => seen('kube', options.observed, secretKeys),
    observeTeardown: () => seen('teardown', options.leaving),
    observeRelease: () => seen('release', (options.observed ?? options.leaving)?.release as ObservedRelease),
    observeSecrets: async () => new Map((options.secrets ?? []).map(name => [name, ['username', 'password']])),
    observeDrift: async () => ({ drifted: options.drifted ?? [], intact: [], unjudged: [] }),
    observeReadiness: async () => ({ unready: options.observed?.unready ?? [], unjudged: [] }),
    observeRetained() {
      look('retained')
      return [...retained]
    },
    observeLeases: async ({ uid }) => [...(options.stored ?? cache.networkLeases.indexed(uid))],
    observeMachines: async (_, machines) => {
      const live = await seen('machines', options.live ?? cache.machines.list())
      return live.filter(({ metadata }) => machines.includes(metadata.name))
    },
    applyStep: async (step, release) => {
      steps.push(step.do)
      return apply(step, release)
    },
    recordEvent: (_, event) => void events.push(event),
  }
  const outcome = await reconcileTenant(
    {
      worlds,
      settings: { baseDomain: 'example.com', operator },
      judge: () => options.verdict ?? { go: 'on' },
      writeStatus: async (_, status) => void statuses.push(status),
      logger: pino({ level: 'silent' }),
      now: () => NOW,
      rewrites: options.rewrites ?? { allows: () => true, spend: () => {} },
      mayDefer: options.mayDefer ?? false,
      mayRely: options.mayRely ?? false,
      words: options.words ?? createOwnWords(),
    },
    options.name ?? TENANT.name,
  )
  const status = statuses.at(-1)
  const conditions = (status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`])
  return { outcome, steps, events, status, conditions: Object.fromEntries(conditions) }
}
