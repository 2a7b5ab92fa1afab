/** What the status of the tenants says, for contenders that write one. One watch for all. */
import { createInformer } from '../../src/kube/informer.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { Arena } from './arena.ts'

export interface TenantWatch {
  /** `what` is for the error. */
  whenAll(what: string, holds: (tenant: KubeObject) => boolean, timeoutMs: number): Promise<void>
  stop(): Promise<void>
}

export async function watchTenants({ transport, discovery }: Arena): Promise<TenantWatch> {
  const informer = createInformer({ transport, discovery, kind: { apiVersion: API_VERSION, kind: 'Tenant' } })
  const waiting = new Set<() => void>()
  informer.onChange(() => {
    for (const look of waiting) look()
  })
  informer.start()
  await informer.whenSynced()
  return {
    async whenAll(what, holds, timeoutMs) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const lacking = () => informer.list().filter(tenant => !holds(tenant))
      const look = () => {
        if (lacking().length === 0) resolve()
      }
      const late = () => {
        const names = lacking().map(({ metadata }) => metadata.name)
        reject(new Error(`${names.length} tenants are not ${what} in time: ${names.slice(0, 5).join(', ')}`))
      }
      const timer = setTimeout(late, timeoutMs)
      waiting.add(look)
      look()
      await promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(look)
      })
    },
    stop: () => informer.stop(),
  }
}

export function hasRevision(revision: number): (tenant: KubeObject) => boolean {
  return ({ status }) => ((status ?? {}) as { release?: { revision?: number } }).release?.revision === revision
}

export function isReady({ status, metadata }: KubeObject): boolean {
  const { observedGeneration, conditions = [] } = (status ?? {}) as {
    observedGeneration?: number
    conditions?: { type: string; status: string }[]
  }
  const ready = conditions.some(condition => condition.type === 'Ready' && condition.status === 'True')
  return ready && observedGeneration === metadata.generation
}
