/** One cluster for all journeys, made by the demo itself; what ran before stays, everything else goes at the end. */
import { resolve } from 'node:path'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { type HostSnapshot, hostSnapshot } from '../../dev/cluster/host-snapshot.ts'
import { kindProvider } from '../../dev/cluster/kind/provider.ts'
import { nodeProvider } from '../../dev/cluster/node/provider.ts'
import type { Cluster } from '../../dev/cluster/provider.ts'
import { readCluster, stateDirOf, stateRoot } from '../../dev/cluster/state.ts'

export const clusterName = 'e2e'

declare module 'vitest' {
  export interface ProvidedContext {
    e2e: { unavailable: string } | { unavailable?: never; cluster: Cluster; before?: HostSnapshot }
  }
}

export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = await readCluster(stateDirOf(clusterName))
  const unavailable = running === undefined ? await unavailableBecause() : undefined
  if (unavailable !== undefined) {
    project.provide('e2e', { unavailable })
    return undefined
  }
  const before = running === undefined ? await snapshot() : undefined
  const remove = () => make('down')
  try {
    await make('demo')
    const cluster = await readCluster(stateDirOf(clusterName))
    if (cluster === undefined) throw new Error('make demo left no cluster')
    project.provide('e2e', { cluster, ...(before === undefined ? {} : { before }) })
  } catch (error) {
    if (running === undefined) await remove()
    throw error
  }
  return running === undefined ? remove : undefined
}

/** What there is of the e2e cluster on this machine, and whatever else a cluster could change. */
export function snapshot(): Promise<HostSnapshot> {
  const marks = [stateDirOf(clusterName), `tenantry-${clusterName}`]
  return hostSnapshot({ stateRoot, isOurs: line => marks.some(mark => line.includes(mark)) })
}

export async function make(target: 'demo' | 'down'): Promise<void> {
  const repository = resolve(import.meta.dirname, '../..')
  await execa('make', ['--no-print-directory', target, `CLUSTER=${clusterName}`], { cwd: repository, stdio: 'inherit' })
}

/** Why no cluster with nodes can run here; undefined where one can. */
async function unavailableBecause(): Promise<string | undefined> {
  const reasons: string[] = []
  for (const provider of [kindProvider, nodeProvider]) {
    const reason = await provider.unavailable()
    if (reason === undefined) return undefined
    reasons.push(`${provider.name}: ${reason}`)
  }
  return reasons.join('; ')
}
