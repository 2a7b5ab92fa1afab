/** What a test does to the servers of a control plane: kills them, starts them again, holds them up, fills them. */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { answersOk } from '../../dev/cluster/control-plane/probe.ts'
import { observePrograms, startProgram, stopPrograms, untilReady } from '../../dev/cluster/control-plane/process.ts'

export interface Servers {
  /** By SIGKILL. */
  killApiServer(): Promise<void>
  /** With the same data, and these flags more; returns when it says that it is ready. */
  startApiServer(...flags: string[]): Promise<void>
  /** Only these controllers run from now on. */
  limitControllers(...names: string[]): Promise<void>
  /** Etcd stands still, and nobody is told. */
  holdEtcd(): void
  releaseEtcd(): void
  /** Etcd takes no more writes, as when its disk is full. */
  setEtcdFull(isFull: boolean): Promise<void>
}

const READY_WITHIN_MS = 60_000
const TRIES = 3

export function serversOf(kubeconfig: string): Servers {
  const stateDir = dirname(kubeconfig)
  const running = (name: string) => {
    const program = observePrograms(stateDir).find(program => program.name === name)
    if (program === undefined) throw new Error(`no ${name} runs`)
    return program
  }
  const kill = async (name: string) => {
    const program = running(name)
    const command = readFileSync(`/proc/${program.pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    process.kill(program.pid, 'SIGKILL')
    await stopPrograms([program], 0)
    return command
  }
  const start = (name: string, [file = '', ...args]: readonly string[]) =>
    startProgram(stateDir, {
      name,
      file,
      args,
      folder: stateDir,
      logFile: join(stateDir, `log/${name}.log`),
      diesWithUs: true,
    })
  let apiServer: readonly string[] = []
  return {
    async killApiServer() {
      apiServer = await kill('kube-apiserver')
    },
    async startApiServer(...flags) {
      for (let tries = 1; ; tries += 1) {
        const program = await start('kube-apiserver', [...apiServer, ...flags])
        try {
          return await untilReady([program], () => answersOk(kubeconfig, '/readyz'), READY_WITHIN_MS)
        } catch (error) {
          // On a busy machine it may give up waiting for etcd.
          if (tries === TRIES) throw error
          await stopPrograms([program], 0)
        }
      }
    },
    async limitControllers(...names) {
      const command = await kill('kube-controller-manager')
      await start('kube-controller-manager', [...command, `--controllers=${names.join(',')}`])
    },
    holdEtcd: () => void process.kill(running('etcd').pid, 'SIGSTOP'),
    releaseEtcd: () => void process.kill(running('etcd').pid, 'SIGCONT'),
    setEtcdFull: isFull => raiseAlarm(join(stateDir, 'etcd:0'), isFull ? 'ACTIVATE' : 'DEACTIVATE'),
  }
}

/** Over etcd's own gateway; only the alarm keeps it from writing, not a disk. */
async function raiseAlarm(socketPath: string, action: 'ACTIVATE' | 'DEACTIVATE'): Promise<void> {
  const status = await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/v3/maintenance/alarm', method: 'POST' }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    asked.on('error', reject)
    asked.end(JSON.stringify({ action, memberID: '1', alarm: 'NOSPACE' }))
  })
  if (status !== 200) throw new Error(`etcd answers ${status}`)
}
