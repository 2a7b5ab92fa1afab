/**
 * `make dev`: the operator from the sources against a running demo cluster, started again on each change. It is the
 * operator's ServiceAccount there as well, so that a missing permission shows. The one in the cluster rests meanwhile.
 */

import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { binary } from './cluster/binaries/binary.ts'
import { renderer } from './cluster/binaries/renderer.ts'
import { consoleProgress } from './cluster/progress.ts'
import { readCluster, stateDirOf } from './cluster/state.ts'
import { baseDomain } from './demo/ingress-certificate.ts'
import { operatorDeployment, operatorNamespace } from './demo/installation.ts'
import { type Kubectl, kubectlOf } from './demo/kubectl.ts'
import { writeOperatorKubeconfig } from './demo/operator-kubeconfig.ts'

const { values } = parseArgs({ options: { name: { type: 'string', default: 'demo' } } })
const stateDir = stateDirOf(values.name)
const cluster = await readCluster(stateDir)
if (cluster === undefined) {
  console.error(`cluster ${values.name} is not running: start it with make demo`)
  process.exit(1)
}
const progress = consoleProgress()
const kubectl = await kubectlOf(cluster, progress)
const [helm, rendererFile] = await Promise.all([binary('helm', progress), renderer(progress)])
const kubeconfig = join(stateDir, 'operator.kubeconfig')
await writeOperatorKubeconfig(kubectl, kubeconfig)

const interrupted = new AbortController()
// Listened to until the end: execa ends this process on a signal that nobody else listens to.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
try {
  await progress.step('the operator in the cluster rests', () => scale(kubectl, 0))
  await runOperator(kubeconfig)
} finally {
  await progress.step('the operator in the cluster works again', () => scale(kubectl, 1))
}

async function runOperator(kubeconfig: string): Promise<void> {
  const main = resolve(import.meta.dirname, '../src/main.ts')
  const settings = {
    TENANTRY_KUBECONFIG: kubeconfig,
    TENANTRY_HELM: helm,
    TENANTRY_RENDERER: rendererFile,
    TENANTRY_BASE_DOMAIN: baseDomain,
    TENANTRY_PROBE_ADDRESS: `http://127.0.0.1:${cluster?.httpPort}`,
    // Any free ports: the demo's own are likely to be these.
    TENANTRY_HEALTH_PORT: '0',
    TENANTRY_METRICS_PORT: '0',
  }
  await execa(process.execPath, ['--watch', main], {
    env: settings,
    stdio: 'inherit',
    cancelSignal: interrupted.signal,
    reject: false,
  })
}

function scale(kubectl: Kubectl, replicas: number): Promise<string> {
  const deployment = ['-n', operatorNamespace, `deployment/${operatorDeployment}`]
  return kubectl.run(['scale', ...deployment, `--replicas=${replicas}`])
}
