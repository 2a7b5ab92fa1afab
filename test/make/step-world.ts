/** What the steps of a plan do to a world that is only an observation: no cluster, no clock. */
import { type ObjectRef, refKey, refOf } from '../../src/plan/object.ts'
import type { ReleaseObservation, TeardownObservation, TenantObservation } from '../../src/plan/observation.ts'
import type { Stage, Step } from '../../src/plan/step.ts'
import { appliedDigestOf } from '../../src/plan/tenant.ts'

/** The world after every step of these stages has done what it promises. */
export function worldAfter(world: TenantObservation, stages: readonly Stage[]): TenantObservation {
  const after = stages.flatMap(({ steps }) => steps).reduce(afterStep, world)
  return { ...after, drift: { ...world.drift, due: [] } }
}

function afterStep(world: TenantObservation, step: Step): TenantObservation {
  switch (step.do) {
    case 'kube.apply':
      return step.object.kind === 'Namespace' ? withNamespace(world, step) : withObject(world, step)
    case 'kube.createSecret': {
      const { object, plain, randomBytes } = step.secret
      const keys = [...Object.keys(plain), ...Object.keys(randomBytes)]
      return { ...world, secretKeys: new Map([[object.metadata.name, keys], ...world.secretKeys]) }
    }
    case 'helm.upgrade': {
      const { name, chart, digest } = step.release
      const revision = (world.release.latest?.revision ?? 0) + 1
      const record: NonNullable<ReleaseObservation['record']> = {
        release: name,
        chart: chart.name,
        chartVersion: chart.version,
        digest,
        revision,
        state: 'Deployed',
        inventory: [],
      }
      return { ...world, release: { record, latest: { revision, status: 'deployed', digest } } }
    }
    case 'kube.delete': {
      const objects = [...world.objects].filter(([key]) => key !== refKey(step.ref))
      return { ...world, objects: new Map(objects) }
    }
    case 'helm.repair':
      return world
    default:
      throw new Error(`a tenant that stays has no use for ${step.do}`)
  }
}

type Apply = Extract<Step, { do: 'kube.apply' }>

function withNamespace(world: TenantObservation, { object }: Apply): TenantObservation {
  const uid = world.namespace.found === 'present' ? world.namespace.uid : 'namespace-uid'
  const labels = object.metadata.labels ?? {}
  return { ...world, namespace: { found: 'present', uid, terminating: false, labels, ...digestIn(object) } }
}

function withObject<World extends Pick<TenantObservation, 'objects'>>(world: World, { object }: Apply): World {
  const ref = refOf(object)
  return { ...world, objects: new Map([...world.objects, [refKey(ref), { ref, uid: 'uid', ...digestIn(object) }]]) }
}

function digestIn(object: Apply['object']): { appliedDigest?: string } {
  const digest = appliedDigestOf(object)
  return digest === undefined ? {} : { appliedDigest: digest }
}

export interface Leaving {
  readonly world: TeardownObservation
  /** The finalizer is lifted. */
  readonly ended: boolean
}

/** One pass of a teardown, and what the cluster then does by itself: claims go with their namespace, volumes with them. */
export function leavingAfter({ world }: Leaving, stages: readonly Stage[]): Leaving {
  const steps = stages.flatMap(({ steps }) => steps)
  const after = steps.reduce<Leaving>(afterLeavingStep, { world, ended: false })
  return { ...after, world: settled(after.world) }
}

function settled(world: TeardownObservation): TeardownObservation {
  if (world.namespace.found === 'absent' || !world.namespace.terminating) return world
  const volumes = world.volumes.flatMap(volume => {
    if (volume.phase !== 'Bound') return [volume]
    return volume.policy === 'Delete' ? [] : [{ ...volume, phase: 'Released' }]
  })
  return { ...world, namespace: { found: 'absent' }, objects: new Map(), release: {}, secrets: [], volumes }
}

function afterLeavingStep({ world, ended }: Leaving, step: Step): Leaving {
  const { volumes, secrets, namespace } = world
  switch (step.do) {
    case 'kube.apply':
      return { world: withObject(world, step), ended }
    case 'kube.setVolumePolicy': {
      const { policy, labels } = step
      const changed = volumes.map(volume => (volume.name === step.volume ? { ...volume, policy, labels } : volume))
      return { world: { ...world, volumes: changed }, ended }
    }
    case 'kube.copySecret': {
      const copied = secrets.map(secret => (secret.name === step.from.name ? { ...secret, copied: true } : secret))
      return { world: { ...world, secrets: copied }, ended }
    }
    case 'helm.uninstall':
      return { world: { ...world, release: {} }, ended }
    case 'kube.delete':
      return { world: { ...world, namespace: deleted(namespace, step) }, ended }
    case 'kube.setFinalizer':
      return { world, ended: !step.present }
    default:
      throw new Error(`a tenant that goes has no use for ${step.do}`)
  }
}

function deleted(
  namespace: TeardownObservation['namespace'],
  { ref, uid }: { ref: ObjectRef; uid: string },
): TeardownObservation['namespace'] {
  if (namespace.found === 'absent' || namespace.uid !== uid) throw new Error(`${ref.kind} ${ref.name} is not that one`)
  return { ...namespace, terminating: true }
}
