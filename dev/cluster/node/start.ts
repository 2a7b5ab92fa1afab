/** Starts a node: writes what it reads, then its supervisor. */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { auditPolicy } from '../control-plane/apiserver.ts'
import { writeKubeconfig } from '../control-plane/kubeconfig.ts'
import { kubeletFiles, type PkiFiles, writePki } from '../control-plane/pki.ts'
import { answersOk } from '../control-plane/probe.ts'
import { ProgramFailed, type StartedProgram, startProgram, untilReady } from '../control-plane/process.ts'
import { readExcerpt } from '../log-excerpt.ts'
import { isRunning } from '../process-mark.ts'
import { containerdConfig } from './containerd.ts'
import { kubeProxyConfig } from './kube-proxy.ts'
import { kubeletConfig } from './kubelet.ts'
import { apiserverPort, apiserverServiceAddress, nodeAddress, nodeName, stateFiles } from './layout.ts'
import type { LinkPorts } from './link.ts'
import { cniConfig } from './network.ts'
import type { NodeOptions } from './node-options.ts'

const linksWithinMs = 30_000
const readyWithinMs = 120_000

export interface StartedNode {
  supervisor: StartedProgram
  ports: LinkPorts
}

/** The state folder must not exist. Resolves as soon as the machine's ports lead into the node. */
export async function startNode(options: NodeOptions, pauseImage: string): Promise<StartedNode> {
  const { name, stateDir } = options
  const files = stateFiles(stateDir)
  for (const folder of [files.log, files.cni, files.root, ...Object.values(files.data)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  const node = { name: nodeName(name), addresses: [nodeAddress] }
  const pki = await writePki(files.pki, {
    apiserverAddresses: ['127.0.0.1', nodeAddress, apiserverServiceAddress],
    nodes: [node],
  })
  await Promise.all(
    Object.entries(configFiles(options, pki, pauseImage)).map(async ([path, content]) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    }),
  )
  const inner = { name, server: `https://127.0.0.1:${apiserverPort}` }
  await writeKubeconfig(files.innerKubeconfig, inner, pki.authority.certificate, pki.admin)
  await writeKubeconfig(files.kubeletKubeconfig, inner, pki.authority.certificate, kubeletFiles(files.pki, node.name))

  const optionsFile = join(files.config, 'node.json')
  await writeFile(optionsFile, JSON.stringify(options))
  const supervisor = await startProgram(stateDir, {
    name: 'supervisor',
    file: process.execPath,
    args: [join(import.meta.dirname, 'supervisor.ts'), optionsFile],
    folder: '/',
    logFile: join(files.log, 'supervisor.log'),
    diesWithUs: false,
  })
  // Written by a rename, so it is whole as soon as it is there.
  await untilReady([supervisor], async () => existsSync(files.links), linksWithinMs)
  const ports = JSON.parse(await readFile(files.links, 'utf8')) as LinkPorts
  const outer = { name: `tenantry-${name}`, server: `https://127.0.0.1:${ports.api}` }
  await writeKubeconfig(files.kubeconfig, outer, pki.authority.certificate, pki.admin)
  return { supervisor, ports }
}

/** Resolves when the API server answers; rejects with the reason when the node ends before that. */
export async function untilServing(stateDir: string, { supervisor }: StartedNode): Promise<void> {
  await untilReady([supervisor], () => answersOk(stateFiles(stateDir).kubeconfig, '/readyz'), readyWithinMs)
}

/** Where work with a node fails because the node has ended, that is the error, with what the node said last. */
export async function whileRunning<T>({ supervisor }: StartedNode, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isRunning(supervisor)) throw cause
    throw new ProgramFailed('the node has ended', await readExcerpt(supervisor.logFile))
  }
}

function configFiles({ name, stateDir }: NodeOptions, pki: PkiFiles, pauseImage: string): Record<string, string> {
  const files = stateFiles(stateDir)
  const certificate = kubeletFiles(files.pki, nodeName(name))
  return {
    [files.containerd]: containerdConfig({ pauseImage, cniFolder: files.cni }),
    [join(files.cni, 'pods.conflist')]: cniConfig(),
    [files.kubelet]: kubeletConfig({
      authority: pki.authority.certificate,
      certificate,
      resolvConf: files.resolvConf,
    }),
    [files.kubeProxy]: kubeProxyConfig({ kubeconfig: files.innerKubeconfig, nodeName: nodeName(name) }),
    [files.auditPolicy]: auditPolicy(),
    [files.resolvConf]: '# No name server is reachable from here.\n',
  }
}
