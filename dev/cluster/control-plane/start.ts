/** Starts the programs of a control plane without nodes, in an empty state folder. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { apiserverArgs, auditPolicy } from './apiserver.ts'
import { controllerManagerArgs } from './controller-manager.ts'
import { etcdArgs } from './etcd.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { writePki } from './pki.ts'
import { answersOk } from './probe.ts'
import { startProgram, untilReady } from './process.ts'

export const programNames = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const
type ProgramName = (typeof programNames)[number]

const address = '127.0.0.1'
const serviceRange = '10.96.0.0/16'
const firstServiceAddress = '10.96.0.1'
/** A socket in the state folder, which only its owner can enter: no port, and no password for the whole database. */
const etcdUrl = 'unix://etcd:0'
const readyWithinMs = 60_000

export interface StartOptions {
  name: string
  /** Absolute. */
  stateDir: string
  files: Record<ProgramName, string>
  diesWithUs: boolean
  /** Controllers that are not to run. */
  withoutControllers?: readonly string[]
}

/** Resolves with the administrator's kubeconfig when the API server and the controllers are at work. */
export async function startControlPlanePrograms(options: StartOptions): Promise<string> {
  const { name, stateDir, files, diesWithUs, withoutControllers = [] } = options
  const inState = (path: string) => join(stateDir, path)
  await mkdir(inState('log'), { recursive: true, mode: 0o700 })
  const start = (program: ProgramName, args: string[]) =>
    startProgram(stateDir, {
      name: program,
      file: files[program],
      args,
      folder: stateDir,
      logFile: inState(`log/${program}.log`),
      diesWithUs,
    })

  const [pki, port] = await Promise.all([
    writePki(inState('pki'), { apiserverAddresses: [address, firstServiceAddress] }),
    freePort(),
    writeFile(inState('audit-policy.yaml'), auditPolicy()),
  ])
  const server = `https://${address}:${port}`
  const kubeconfig = inState('kubeconfig')
  await writeKubeconfig(kubeconfig, { name, server }, pki.authority.certificate, pki.admin)

  const etcd = await start(
    'etcd',
    etcdArgs({ dataDir: inState('etcd'), clientUrl: etcdUrl, peerUrl: `http://${address}:0` }),
  )
  const apiserver = await start(
    'kube-apiserver',
    apiserverArgs({
      bindAddress: address,
      port,
      serviceRange,
      etcdUrl,
      pki,
      auditPolicyFile: inState('audit-policy.yaml'),
      auditLogFile: inState('log/audit.log'),
    }),
  )
  await untilReady([etcd, apiserver], () => answersOk(kubeconfig, '/readyz'), readyWithinMs)
  const controllers = await start(
    'kube-controller-manager',
    controllerManagerArgs({ kubeconfig, pki, without: withoutControllers }),
  )
  // The service account controller makes this object: the controllers are running, and pods could be admitted.
  const defaultAccount = '/api/v1/namespaces/default/serviceaccounts/default'
  await untilReady([etcd, apiserver, controllers], () => answersOk(kubeconfig, defaultAccount), readyWithinMs)
  return kubeconfig
}
