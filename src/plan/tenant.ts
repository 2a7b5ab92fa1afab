/** The recipe: from what a tenant should be and what was found, the steps of this pass. Pure. */
import { isOwnChart } from '../crds/plan-chart.ts'
import type { TenantSpec } from '../crds/tenant.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import { desiredAccess, type OperatorIdentity } from './access.ts'
import { desiredSecrets } from './credentials.ts'
import { digestOf } from './digest.ts'
import type { DriftedObject } from './drift.ts'
import * as names from './names.ts'
import { desiredLimitRange, desiredNamespace, desiredQuota } from './namespace.ts'
import { CHART_POLICIES, type ChartOrigin, desiredNetworkPolicies, type Neighbours } from './network-policies.ts'
import { type KubeObject, type ObjectRef, onlyIfAbsent, refKey, refOf, refOfEntry } from './object.ts'
import type { OwnedObject, TenantObservation } from './observation.ts'
import { type Chart, type DesiredRelease, desiredRelease, type TenantIdentity } from './release.ts'
import type { Stage, Step } from './step.ts'

/** Everything a tenant's environment follows from. */
export interface TenantInputs {
  readonly tenant: TenantIdentity
  readonly spec: TenantSpec
  readonly plan: TenantPlanSpec
  readonly chart: Chart
  readonly host: string
  readonly operator: OperatorIdentity
  readonly neighbours: Neighbours
}

/** What a tenant should have, whatever was found. */
export interface DesiredTenant {
  readonly namespace: KubeObject
  readonly access: readonly KubeObject[]
  readonly policies: readonly KubeObject[]
  readonly secrets: ReturnType<typeof desiredSecrets>
  readonly release: DesiredRelease
  /** Under which the tenant is to be reached. */
  readonly host: string
  /** Of which each has to answer for the application to count as available. */
  readonly probePaths: readonly string[]
  readonly origin: ChartOrigin
}

export function desiredTenant(inputs: TenantInputs): DesiredTenant {
  const { tenant, spec, plan, operator, neighbours, host } = inputs
  const origin = isOwnChart(plan.chart) ? 'own' : 'foreign'
  return {
    namespace: stamped(desiredNamespace(tenant, spec)),
    access: desiredAccess(tenant, operator, plan.chart.clusterRoleName).map(stamped),
    policies: [
      desiredQuota(tenant, spec, plan),
      desiredLimitRange(tenant),
      ...desiredNetworkPolicies(tenant, neighbours, origin),
    ].map(stamped),
    secrets: desiredSecrets(tenant, spec),
    release: desiredRelease(inputs),
    host,
    probePaths: plan.exposure.probePaths ?? PROBE_PATHS[origin],
    origin,
  }
}

/** What charts/tenant serves; of another chart only that it serves something is known. */
const PROBE_PATHS: Readonly<Record<ChartOrigin, readonly string[]>> = { own: ['/', '/api/readyz'], foreign: ['/'] }

/**
 * Plans nothing where everything is as desired, and nothing for objects that are left alone for a while. What the pass had
 * no right to see comes after the rights have been put back.
 */
export function planTenant(desired: DesiredTenant, observed: TenantObservation): Stage[] {
  const { due, held } = observed.drift
  const isLacking = (object: KubeObject, current: boolean) =>
    !isAmong(held, object) && (!current || isAmong(due, object))
  const lacking = (objects: readonly KubeObject[]) =>
    objects.filter(object => isLacking(object, isCurrent(object, observed))).map(apply)
  const namespaceIsLacking = isLacking(desired.namespace, namespaceIsCurrent(desired, observed))
  const namespace = observed.namespace.found === 'absent' ? onlyIfAbsent(desired.namespace) : desired.namespace
  const secrets = desired.secrets.filter(({ object }) => isLacking(object, !isMissing(object, observed)))
  const foundation: Stage[] = [
    { name: 'Namespace', steps: namespaceIsLacking ? [apply(namespace)] : [] },
    { name: 'Access', steps: lacking(desired.access) },
    { name: 'Policies', steps: lacking(desired.policies) },
  ]
  const inside: Stage[] = [
    { name: 'Credentials', steps: secrets.map(createSecret) },
    { name: 'Release', steps: releaseSteps(desired, observed) },
    { name: 'Access', steps: obsoleteSteps(desired, observed) },
  ]
  const stages = observed.isReadable ? [...foundation, ...inside] : foundation
  return stages.filter(stage => stage.steps.length > 0)
}

function releaseSteps(desired: DesiredTenant, observed: TenantObservation): Step[] {
  const { release } = desired
  if (!releaseIsCurrent(desired, observed)) return [{ do: 'helm.upgrade', release }]
  const inventory = new Set(observed.release.record?.inventory.map(entry => refKey(refOfEntry(entry))))
  const objects = observed.drift.due.map(({ ref }) => ref).filter(ref => inventory.has(refKey(ref)))
  return objects.length === 0 ? [] : [{ do: 'helm.repair', release, objects }]
}

/** The rights and openings that the chart of another plan needed; until the release has changed, it may need them still. */
function obsoleteSteps(desired: DesiredTenant, observed: TenantObservation): Step[] {
  if (!releaseIsCurrent(desired, observed)) return []
  const wanted = new Set([...desired.access, ...desired.policies].map(object => refKey(refOf(object))))
  const obsolete = [...observed.objects.values()].filter(({ ref }) => isOfOneChart(ref) && !wanted.has(refKey(ref)))
  return obsolete.map(({ ref, uid }) => ({ do: 'kube.delete', ref, uid }))
}

/** An object of ours that some plans want and others do not. */
function isOfOneChart({ kind, name }: ObjectRef): boolean {
  return (
    (kind === 'RoleBinding' && names.isReleaseBindingName(name)) ||
    (kind === 'NetworkPolicy' && CHART_POLICIES.includes(name))
  )
}

export function namespaceIsCurrent(desired: DesiredTenant, { namespace }: TenantObservation): boolean {
  return namespace.found === 'present' && namespace.appliedDigest === appliedDigestOf(desired.namespace)
}

export function isCurrent(object: KubeObject, observed: Pick<TenantObservation, 'objects'>): boolean {
  return observed.objects.get(refKey(refOf(object)))?.appliedDigest === appliedDigestOf(object)
}

/** The operator's record and the newest of Helm's agree that exactly the desired revision is there. */
export function releaseIsCurrent(desired: DesiredTenant, { release }: Pick<TenantObservation, 'release'>): boolean {
  const { record, latest } = release
  return (
    record?.state === 'Deployed' &&
    record.digest === desired.release.digest &&
    latest !== undefined &&
    latest.status === 'deployed' &&
    latest.revision === record.revision
  )
}

function isAmong(drifted: readonly DriftedObject[], object: KubeObject): boolean {
  return drifted.some(({ ref }) => refKey(ref) === refKey(refOf(object)))
}

function isMissing(secret: KubeObject, observed: TenantObservation): boolean {
  return !observed.secretKeys.has(secret.metadata.name)
}

function apply(object: KubeObject): Step {
  return { do: 'kube.apply', object }
}

function createSecret(secret: DesiredTenant['secrets'][number]): Step {
  return { do: 'kube.createSecret', secret }
}

/** Writes the digest of an object into it, so that the next pass knows what was applied without comparing fields. */
export function stamped(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [names.APPLIED_ANNOTATION]: digestOf(object) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** What an observation keeps of one of the operator's own objects, under its key. */
export function ownedEntry(object: KubeObject): readonly [key: string, owned: OwnedObject] {
  const ref = refOf(object)
  const digest = appliedDigestOf(object)
  const uid = object.metadata.uid ?? ''
  return [refKey(ref), { ref, uid, ...(digest === undefined ? {} : { appliedDigest: digest }) }]
}

export function appliedDigestOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[names.APPLIED_ANNOTATION]
}
