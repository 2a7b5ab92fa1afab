/**
 * The Proxmox VE half of a pass over a tenant. It waits for nothing of the other half, which makes namespace and release, and
 * whatever goes wrong here is told by conditions of its own.
 */
import type { Logger } from 'pino'
import type { Tenant } from '../crds/parse.ts'
import type { StepFailure } from '../plan/failure.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { type DesiredSlice, desiredSlice, planSlice, type SliceFindings, type SliceObservation } from '../plan/slice.ts'
import { holds } from './attested.ts'
import type { DriftPorts } from './drift.ts'
import { observeEdits } from './machine-edits.ts'
import { observationFailure } from './observation-failure.ts'
import { observeSlice } from './slice-observation.ts'
import { runStages } from './stage-runner.ts'
import type { SecretKeys, Worlds } from './worlds.ts'

export interface SlicePorts extends Pick<DriftPorts, 'rewrites'> {
  readonly worlds: Worlds
  /** Whether what is not watched may be taken from the status of a tenant that is Ready. */
  readonly mayRely: boolean
  readonly logger: Logger
}

export interface SliceHalf {
  readonly findings: SliceFindings
  /** How many stages had something to do. */
  readonly stages: number
}

/** Undefined for a tenant that has no part of any Proxmox VE cluster. Throws what passes by itself. */
export async function convergeSlice(
  { worlds, logger, mayRely, rewrites }: SlicePorts,
  object: KubeObject,
  { spec }: Tenant,
  identity: TenantIdentity,
): Promise<SliceHalf | undefined> {
  const { annotations, finalizers } = object.metadata
  const desired = desiredSlice(identity, spec, annotations)
  if (desired === undefined) return undefined
  const found = await observeSlice(worlds, desired)
  const isRelied = mayRely && holds(object, 'ProxmoxReady') && hasUsers(desired, found)
  const secrets = isRelied ? { keys: allOf(desired) } : await observeSecrets(worlds, desired, logger)
  // What is made before the finalizer, nobody takes away.
  const isOurs = finalizers?.includes(names.FINALIZER) === true
  const edits = isOurs ? await observeEdits({ worlds, rewrites, logger }, desired, found) : undefined
  const keys = 'keys' in secrets && secrets.keys ? { secrets: new Set(secrets.keys.keys()) } : {}
  const observed = { ...found, ...(edits && { machines: edits.machines, held: edits.held }), ...keys }
  const unseen = [...('failure' in secrets ? [secrets.failure] : []), ...(edits?.failures ?? [])]
  const { kube, proxmox } = isOurs ? planSlice(desired, observed) : { kube: [], proxmox: [] }
  const counted = { worlds: edits ?? worlds, logger }
  const runs = [await runStages(counted, kube), await runStages({ worlds, logger }, proxmox)]
  const failures = [...unseen, ...runs.flatMap(run => run.failures)]
  return { findings: { desired, observed, failures }, stages: kube.length + proxmox.length }
}

function secretNames({ proxmox }: Pick<DesiredSlice, 'proxmox'>): string[] {
  return proxmox.users.map(({ name }) => names.proxmoxUserSecret(name))
}

/** Whether all are there, so that a Secret can be missed by nobody but a person. */
function hasUsers({ tenant, proxmox }: DesiredSlice, { look }: Pick<SliceObservation, 'look'>): boolean {
  if (look.found === 'unknown') return false
  const found = new Set(look.view.users.map(({ user }) => user))
  return proxmox.users.every(({ name }) => found.has(names.proxmoxUser(tenant.name, name)))
}

function allOf(desired: DesiredSlice): SecretKeys {
  return new Map(secretNames(desired).map(name => [name, []]))
}

async function observeSecrets(
  worlds: Pick<Worlds, 'observeSecrets'>,
  { tenant, proxmox }: DesiredSlice,
  logger: Logger,
): Promise<{ readonly keys: SecretKeys | undefined } | { readonly failure: StepFailure }> {
  const secrets = secretNames({ proxmox })
  if (secrets.length === 0) return { keys: new Map() }
  try {
    return { keys: await worlds.observeSecrets(tenant, secrets) }
  } catch (error) {
    return { failure: { ...observationFailure(error, logger), stage: 'Users' } }
  }
}
