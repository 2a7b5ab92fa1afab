/** The operator as a process of its own, which is killed at a time that nobody chooses. */

import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { Stage } from './stage.ts'

export interface OperatorProcess {
  /** Has looked at everything there is, and works. */
  readonly working: Promise<void>
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
}

export function startProcess({ config }: Stage): OperatorProcess {
  const flags = {
    kubeconfig: config.kubeconfig,
    helm: config.helm,
    'charts-dir': config.chartsDir,
    'deletion-halt-percent': '100',
    'leader-elect': 'false',
    'health-port': '0',
    'metrics-port': '0',
  }
  const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  const operator = execa(process.execPath, [resolve('src/main.ts'), ...argv], { reject: false, buffer: false })
  const working = Promise.withResolvers<void>()
  void operator.then(() => working.reject(new Error('the operator has ended')))
  working.promise.catch(() => undefined)
  // By lines: a word may come in two pieces.
  createInterface({ input: operator.stdout }).on('line', line => {
    if (line.includes('"watching"')) working.resolve()
  })
  return {
    working: working.promise,
    async kill() {
      operator.kill('SIGKILL')
      await operator
    },
  }
}

/** A tenth of a second at a time until it holds. */
export async function untilHolds(holds: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`)
    await sleep(100)
  }
}
