/** The same operator on a framework for Node, in bench/peers/dot-i; its packages are installed here and nowhere else. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { chartsDir } from '../arena/customer.ts'
import type { Contender } from './contender.ts'
import { nodeProcess } from './node-process.ts'

const FOLDER = resolve(import.meta.dirname, '../peers/dot-i')

export const dotI: Contender = {
  title: 'on @dot-i/k8s-operator',
  async prepare({ administrator, helm, stateDir }, tenants) {
    await execa('npm', ['ci', '--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts'], { cwd: FOLDER })
    const home = join(stateDir, 'helm')
    await mkdir(home, { recursive: true })
    const operator = nodeProcess({
      args: [join(FOLDER, 'operator.js'), helm, chartsDir, 'bench.example'],
      env: { KUBECONFIG: administrator.kubeconfig, HOME: home },
      logFile: join(stateDir, 'log/dot-i.log'),
    })
    return {
      user: administrator.user,
      worker: operator,
      operator: true,
      reportsReady: false,
      startRequests: tenants.length,
      install: operator.start,
      upgrade: async () => {},
      restart: operator.start,
      died: operator.died,
      stop: operator.stop,
    }
  },
}
