/** This operator, from the sources, with its own ServiceAccount and its defaults. */
import { join, resolve } from 'node:path'
import type { Arena } from '../arena/arena.ts'
import type { Contender } from './contender.ts'
import { type NodeProcess, nodeProcess } from './node-process.ts'

/** It lists at least so many kinds. */
const WATCHES = 15
const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

export const tenantry: Contender = {
  title: 'tenantry',
  async prepare(arena) {
    const operator = operatorProcess(arena)
    return {
      user: arena.operator.user,
      worker: operator,
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

export function operatorProcess({ operator, helm, renderer, stateDir }: Arena): NodeProcess {
  return nodeProcess({
    args: [MAIN, '--health-port=0', '--metrics-port=0'],
    env: {
      TENANTRY_KUBECONFIG: operator.kubeconfig,
      TENANTRY_HELM: helm,
      TENANTRY_RENDERER: renderer,
      TENANTRY_BASE_DOMAIN: 'bench.example',
    },
    logFile: join(stateDir, 'log/tenantry.log'),
  })
}
