/** Events as objects (events.k8s.io/v1), within the limits that the API server checks. Pure. */
import type { KubeObject } from '../plan/object.ts'
import { microTime } from './clock.ts'
import type { ObjectEvent } from './event-recorder.ts'

export interface EventSource {
  /** Such as `tenantry.dev/operator`. */
  readonly controller: string
  /** Such as the pod's name. */
  readonly instance: string
}

const MAX_NOTE_BYTES = 1024
const MAX_WORD_LENGTH = 128
const MAX_NAME_LENGTH = 253

/** Events about cluster-scoped objects have to be in the namespace `default`. */
export function eventObject(
  { controller, instance }: EventSource,
  about: KubeObject,
  { type, reason, note, action }: ObjectEvent,
  { suffix, at }: { suffix: string; at: Date },
): KubeObject {
  const { name, namespace, uid } = about.metadata
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, MAX_NAME_LENGTH - suffix.length - 1)}.${suffix}`,
      namespace: namespace ?? 'default',
    },
    eventTime: microTime(at),
    type,
    reason: reason.slice(0, MAX_WORD_LENGTH),
    action: action.slice(0, MAX_WORD_LENGTH),
    note: shortened(note, MAX_NOTE_BYTES),
    reportingController: controller.slice(0, MAX_WORD_LENGTH),
    reportingInstance: instance.slice(0, MAX_WORD_LENGTH),
    regarding: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
  }
}

/** A count of all occurrences, the first included. */
export function seriesPatch(count: number, at: Date): Record<string, unknown> {
  return { series: { count, lastObservedTime: microTime(at) } }
}

/** Cut between characters, never inside one. */
function shortened(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const cut = Buffer.from(text)
    .subarray(0, maxBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  return `${cut}…`
}
