/**
 * One instance of the operator that works on a single tenant, wired as src/controllers/operator.ts wires it. Instances
 * share the watches of the stage: a copy of the cluster is no memory, it is read again at every start.
 */

import { knownCluster } from '../../src/controllers/known-cluster.ts'
import { createLogger } from '../../src/controllers/logger.ts'
import { createLoop } from '../../src/controllers/loop.ts'
import { createMachineLoop } from '../../src/controllers/machine-loop.ts'
import { PAUSES } from '../../src/controllers/operator.ts'
import type { Outcome } from '../../src/controllers/outcome.ts'
import { createPass } from '../../src/controllers/pass.ts'
import { createProxmoxConnections } from '../../src/controllers/proxmox-connections.ts'
import { createProxmoxLoop } from '../../src/controllers/proxmox-loop.ts'
import { createNetworksLoop } from '../../src/controllers/proxmox-networks-loop.ts'
import type { Urgency } from '../../src/controllers/queue.ts'
import { connectWorlds } from '../../src/controllers/world-connection.ts'
import { createKube } from '../../src/kube/client.ts'
import { createEventRecorder } from '../../src/kube/event-recorder.ts'
import { createProxmox } from '../../src/proxmox/client.ts'
import type { Mortality } from './mortality.ts'
import { cachedRenderer } from './render-cache.ts'
import type { Stage } from './stage.ts'

export interface Instance {
  /** What a watch has told. */
  add(urgency: Urgency): void
  /** How the last pass ended; undefined where something has happened since it began. */
  lastEnd(): Outcome['end'] | undefined
  /** Resolves after the next pass. Never, once it has died. */
  nextPass(): Promise<void>
  /** As by SIGTERM: ends what is under way, and tells what happened last. */
  stop(): Promise<void>
  /** As by SIGKILL: its helm goes with it. Nothing is waited for. */
  drop(): void
  readonly log: readonly string[]
}

/** `proxmoxTimeoutMs`: of the wall; by default, the client's own. */
export async function startInstance(
  stage: Stage,
  tenant: string,
  mortality: Mortality,
  { proxmoxTimeoutMs }: { readonly proxmoxTimeoutMs?: number } = {},
): Promise<Instance> {
  const { config, clock } = stage
  const log: string[] = []
  const logger = createLogger('info', { write: line => void log.push(line) })
  const { discovery } = stage.cluster
  const kube = createKube({ transport: mortality.transport(stage.transport), discovery })
  const events = createEventRecorder({ kube, controller: 'tenantry.dev/operator', instance: 'crash', clock })
  const cluster = { ...stage.cluster, kube, events }
  const connections = createProxmoxConnections({
    kube,
    namespace: config.operatorNamespace,
    mayWrite: () => true,
    known: name => knownCluster(stage.cluster.cache, name),
    create: options =>
      mortality.proxmox(createProxmox({ ...options, ...(proxmoxTimeoutMs && { timeoutMs: proxmoxTimeoutMs }) })),
  })
  const worlds = await connectWorlds({
    config,
    cluster,
    connections,
    privateDir: stage.privateDir,
    clock,
    onRender: () => undefined,
    onFetched: () => undefined,
    onMissingRenderer: () => undefined,
    guardRenderer: renderer => mortality.renderer(renderer, cachedRenderer(renderer, stage.renders)),
  })
  const pass = createPass({ config, cluster, worlds, logger, clock })
  let ended = Promise.withResolvers<void>()
  let lastEnd: Outcome['end'] | undefined
  let news = 0
  const loop = createLoop({
    workers: 1,
    pauses: { ...PAUSES, resync: config.resyncSeconds * 1000 },
    clock,
    onCrash: (_, err) => logger.error({ err }, 'pass failed'),
    pass: async (name, urgency) => {
      const newsBefore = news
      const outcome = await pass(name, urgency)
      lastEnd = news === newsBefore ? outcome.end : undefined
      ended.resolve()
      ended = Promise.withResolvers()
      return outcome
    },
  })
  // Its ProxmoxCluster has the same name.
  const shared = { cluster, admits: (name: string) => name === tenant, mayBegin: () => true, logger, clock }
  const { recordEvent, proxmox } = worlds
  const sides = stage.planes.has(tenant)
    ? [
        createProxmoxLoop({ ...shared, connections, recordEvent }),
        createNetworksLoop({ ...shared, proxmox, recordEvent }),
        createMachineLoop({ ...shared, world: proxmox, recordEvent }),
      ]
    : []
  for (const side of sides) side.connectTriggers()
  for (const side of sides) side.start()
  loop.add(tenant, 'urgent')
  loop.start()
  const all = [loop, ...sides]
  return {
    log,
    add(urgency) {
      news += 1
      lastEnd = undefined
      loop.add(tenant, urgency)
    },
    lastEnd: () => lastEnd,
    nextPass: () => ended.promise,
    async stop() {
      await Promise.all(all.map(one => one.stop()))
      worlds.stop()
      await connections.close()
      await events.flush()
    },
    drop() {
      for (const one of all) void one.stop()
      worlds.stop()
      void connections.close()
    },
  }
}
