/** The programs of a node and their arguments, in the order in which they start. Pure. */

import { join } from 'node:path'
import { apiserverArgs } from '../control-plane/apiserver.ts'
import { controllerManagerArgs } from '../control-plane/controller-manager.ts'
import { etcdArgs } from '../control-plane/etcd.ts'
import { pkiFiles } from '../control-plane/pki.ts'
import type { Program } from '../control-plane/process.ts'
import { schedulerArgs } from '../control-plane/scheduler.ts'
import { kubeletArgs } from './kubelet.ts'
import { apiserverPort, nodeAddress, serviceRange, stateFiles } from './layout.ts'
import type { NodeOptions } from './node-options.ts'

const etcdUrl = 'http://127.0.0.1:2379'

export interface NodePrograms {
  first: Program[]
  /** Those that want the API server to answer. */
  clients: Program[]
}

export function nodePrograms({ stateDir, programs }: NodeOptions): NodePrograms {
  const files = stateFiles(stateDir)
  const pki = pkiFiles(files.pki)
  const program = (name: string, file: string, args: string[]): Program => {
    return { name, file, args, folder: '/', logFile: join(files.log, `${name}.log`), diesWithUs: true }
  }
  const apiserver = apiserverArgs({
    bindAddress: '0.0.0.0',
    advertiseAddress: nodeAddress,
    port: apiserverPort,
    serviceRange,
    etcdUrl,
    pki,
    auditPolicyFile: files.auditPolicy,
    auditLogFile: files.auditLog,
    kubelets: true,
  })
  const kubelet = kubeletArgs({ config: files.kubelet, kubeconfig: files.kubeletKubeconfig })
  const kubeconfig = files.innerKubeconfig
  const etcd = etcdArgs({ dataDir: files.data.etcd, clientUrl: etcdUrl, peerUrl: 'http://127.0.0.1:2380' })
  return {
    first: [
      program('containerd', '/usr/bin/containerd', ['--config', files.containerd]),
      program('etcd', programs.etcd, etcd),
      program('kube-apiserver', programs['kube-apiserver'], apiserver),
    ],
    clients: [
      program(
        'kube-controller-manager',
        programs['kube-controller-manager'],
        controllerManagerArgs({ kubeconfig, pki }),
      ),
      program('kube-scheduler', programs['kube-scheduler'], schedulerArgs({ kubeconfig })),
      program('kubelet', programs.kubelet, kubelet),
      program('kube-proxy', programs['kube-proxy'], ['--config', files.kubeProxy]),
    ],
  }
}
