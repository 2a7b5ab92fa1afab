/** What the cluster can do, as charts ask for it. */
import { isDeepStrictEqual } from 'node:util'
import type { Abilities } from '../plan/abilities.ts'
import type { Kube } from './client.ts'
import type { Clock } from './clock.ts'
import type { Discovery } from './discovery.ts'

/** So old may an answer be. Many tenants at once ask little; a kind that came with the apply before is there. */
const FRESH_MS = 2_000

/** The same value as long as it is the same. */
export function createAbilities(
  { kube, discovery }: { kube: Pick<Kube, 'serverVersion'>; discovery: Pick<Discovery, 'versions'> },
  { nowMs }: Pick<Clock, 'nowMs'>,
): () => Promise<Abilities> {
  let last: { readonly abilities: Promise<Abilities>; readonly atMs: number } | undefined
  let known: Abilities | undefined
  const ask = async () => {
    const [{ gitVersion, said }, apiVersions] = await Promise.all([kube.serverVersion(), discovery.versions()])
    const now = { kubeVersion: { version: gitVersion, ...said }, apiVersions }
    if (!isDeepStrictEqual(now, known)) known = now
    return known as Abilities
  }
  return () => {
    if (last !== undefined && nowMs() - last.atMs < FRESH_MS) return last.abilities
    const asked = { abilities: ask(), atMs: nowMs() }
    last = asked
    asked.abilities.catch(() => {
      if (last === asked) last = undefined
    })
    return asked.abilities
  }
}
