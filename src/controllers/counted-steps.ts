/**
 * Counts how often an object was put back, when it has been: what could not be put back, for want of a right, of quota or of
 * a webhook, was no fight.
 */
import { type ObjectRef, refKey, refOf } from '../plan/object.ts'
import type { Step } from '../plan/step.ts'
import type { Rewrites } from './rewrite-budget.ts'
import type { Worlds } from './worlds.ts'

interface CountedPorts {
  readonly worlds: Pick<Worlds, 'applyStep'>
  readonly rewrites: Rewrites
}

/** Carries out steps, and counts those that put one of these objects back. */
export function countingSteps({ worlds, rewrites }: CountedPorts, edited: readonly ObjectRef[]): Worlds['applyStep'] {
  const keys = new Set(edited.map(refKey))
  return async (step, release) => {
    const result = await worlds.applyStep(step, release)
    if (result.waitingFor.length > 0) return result
    for (const key of writtenBy(step).map(refKey)) if (keys.has(key)) rewrites.spend(key)
    return result
  }
}

function writtenBy(step: Step): readonly ObjectRef[] {
  if (step.do === 'kube.apply') return [refOf(step.object)]
  if (step.do === 'kube.createSecret') return [refOf(step.secret.object)]
  return step.do === 'helm.repair' ? step.objects : []
}
