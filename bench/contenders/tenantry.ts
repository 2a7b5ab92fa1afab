/** This operator, from the sources, with its own ServiceAccount and its defaults. */
import { join, resolve } from 'node:path'
import { freePort } from '../../dev/cluster/free-port.ts'
import type { Arena } from '../arena/arena.ts'
import { renderTotal } from '../measure/server-metrics.ts'
import { compiled } from './compiled.ts'
import type { Contender } from './contender.ts'
import { type NodeProcess, nodeProcess } from './node-process.ts'

/** It lists at least so many kinds. */
const WATCHES = 15
const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
/** All that src/main.ts loads. */
const MODULES = [
  ...['src/config.ts', 'src/controllers/logger.ts', 'src/controllers/operator.ts'],
  'src/kube/identity/kubeconfig.ts',
]

export const tenantry: Contender = {
  title: 'tenantry',
  async prepare(arena) {
    const port = await freePort()
    const operator = operatorProcess(arena, { metricsPort: port, env: await compiled(arena.stateDir, MODULES) })
    return {
      user: arena.operator.user,
      worker: { ...operator, renders: async () => (operator.pids().length === 0 ? 0 : rendersAt(port)) },
      operator: true,
      reportsReady: true,
      startRequests: WATCHES,
      install: operator.start,
      upgrade: async () => {},
      restart: operator.start,
      died: operator.died,
      stop: operator.stop,
    }
  },
}

async function rendersAt(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  return renderTotal(await response.text())
}

export function operatorProcess(
  { operator, helm, renderer, stateDir }: Arena,
  { metricsPort = 0, env = {} }: { metricsPort?: number; env?: Readonly<Record<string, string>> } = {},
): NodeProcess {
  return nodeProcess({
    args: [MAIN, '--health-port=0', `--metrics-port=${metricsPort}`],
    env: {
      ...env,
      TENANTRY_KUBECONFIG: operator.kubeconfig,
      TENANTRY_HELM: helm,
      TENANTRY_RENDERER: renderer,
      TENANTRY_BASE_DOMAIN: 'bench.example',
    },
    logFile: join(stateDir, 'log/tenantry.log'),
  })
}
