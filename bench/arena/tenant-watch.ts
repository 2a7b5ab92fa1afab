/** What the status of the tenants says, for contenders that write one. One watch for all. */
import { createInformer } from '../../src/kube/informer.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { Arena } from './arena.ts'
import { whenHolds } from './deadline.ts'

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
      const unlike = () => informer.list().filter(tenant => !holds(tenant))
      const lacking = () => {
        const names = unlike().map(({ metadata }) => metadata.name)
        return `${names.length} tenants are not ${what} in time: ${names.slice(0, 5).join(', ')}`
      }
      await whenHolds(waiting, { holds: () => unlike().length === 0, lacking, timeoutMs })
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
