/** What is kept in memory of objects of which passes look at a few fields: their marks, and these. */
import type { KubeObject } from '../plan/object.ts'
import { marksOnly } from './field-owners.ts'

interface Kept {
  readonly spec?: readonly string[]
  readonly status?: readonly string[]
  /** Types of conditions; of a database or a rollout there are many, with long messages. */
  readonly conditions?: readonly string[]
}

export function keeping({ spec, status, conditions = [] }: Kept): (object: KubeObject) => KubeObject {
  return object => {
    const { metadata, ...marks } = marksOnly(object)
    const { generation } = object.metadata
    const all = (object.status ?? {}) as { conditions?: readonly { type: string }[] }
    const told = all.conditions?.filter(({ type }) => conditions.includes(type)) ?? []
    return {
      ...marks,
      metadata: generation === undefined ? metadata : { ...metadata, generation },
      ...(spec === undefined ? {} : { spec: picked(object.spec, spec) }),
      ...(status === undefined
        ? {}
        : { status: { ...picked(all, status), ...(told.length === 0 ? {} : { conditions: told }) } }),
    }
  }
}

/** Of an EndpointSlice: of which Service it is, and whether one of its endpoints is ready. */
export function endpointsOnly(object: KubeObject): KubeObject {
  const { labels = {} } = object.metadata
  const { metadata, ...marks } = marksOnly(object)
  const endpoints = (object.endpoints ?? []) as { conditions?: { ready?: boolean } }[]
  const isReady = endpoints.some(({ conditions }) => conditions?.ready !== false)
  const service = labels[SERVICE_LABEL]
  return {
    ...marks,
    metadata:
      service === undefined ? metadata : { ...metadata, labels: { ...metadata.labels, [SERVICE_LABEL]: service } },
    endpoints: isReady ? [{}] : [],
  }
}

const SERVICE_LABEL = 'kubernetes.io/service-name'

function picked(fields: unknown, names: readonly string[]): Record<string, unknown> {
  const all = (fields ?? {}) as Record<string, unknown>
  return Object.fromEntries(names.flatMap(name => (all[name] === undefined ? [] : [[name, all[name]]])))
}
