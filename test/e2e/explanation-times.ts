/** When the pods of tenants were in trouble, and when the tenants said so: both as one onlooker sees them. */
import { expect, vi } from 'vitest'
import type { Kubectl } from '../../dev/demo/kubectl.ts'
import type { Tenant } from '../../dev/demo/tenants.ts'
import { conditionOf, namespaceOf } from './tenant-client.ts'

export interface Trouble {
  readonly tenant: string
  /** A word in the status of a pod of its namespace from which on it could be known. */
  readonly sign: string
  /** What the tenant has to say of it in `Ready`: `Reason: message`, with `…` for the hash in the name of a ReplicaSet. */
  readonly says: string
}

/** Of each tenant, the seconds from the first sight of the sign to that of the explanation. */
export type ExplanationTimes = ReadonlyMap<string, number>

const patience = { timeout: 120_000, interval: 500 }

/** Looks at all of them until each has said what it has to. */
export async function untilExplained(kubectl: Kubectl, troubles: readonly Trouble[]): Promise<ExplanationTimes> {
  const signMs = new Map<string, number>()
  const toldMs = new Map<string, number>()
  const look = async () => {
    const { items } = await kubectl.json<{ items: Listed[] }>(['get', 'tenants.tenantry.dev,pods', '-A'])
    const nowMs = performance.now()
    const sights = troubles.map(({ tenant, sign, says }) => {
      if (items.some(object => isPodOf(object, tenant) && JSON.stringify(object.status).includes(sign))) {
        keepFirst(signMs, tenant, nowMs)
      }
      const said = explanationOf(items, tenant)
      if (said === says) keepFirst(toldMs, tenant, nowMs)
      return toldMs.has(tenant) ? says : said
    })
    expect(sights).toEqual(troubles.map(({ says }) => says))
  }
  await vi.waitFor(look, patience)
  return new Map([...toldMs].map(([tenant, ms]) => [tenant, (ms - (signMs.get(tenant) ?? Number.NaN)) / 1000]))
}

interface Listed {
  kind: string
  metadata: { name: string; namespace?: string }
  status?: object
}

function keepFirst(times: Map<string, number>, tenant: string, ms: number): void {
  if (!times.has(tenant)) times.set(tenant, ms)
}

function isPodOf({ kind, metadata }: Listed, tenant: string): boolean {
  return kind === 'Pod' && metadata.namespace === namespaceOf(tenant)
}

function explanationOf(items: readonly Listed[], tenant: string): string {
  const found = items.find(({ kind, metadata }) => kind === 'Tenant' && metadata.name === tenant)
  const { reason, message } = (found && conditionOf(found as unknown as Tenant, 'Ready')) ?? {}
  return `${reason}: ${message}`.replace(/( rs[/]\S+-)[0-9a-z]+/, '$1…')
}
