/**
 * A cluster in a container, made by kind. No Docker engine was at hand when this was written: creating, deleting, loading
 * images and installing the addons have not been run. What is pure is tested beside this file.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { binary } from '../binaries/binary.ts'
import { answersOk } from '../control-plane/probe.ts'
import { freePort } from '../free-port.ts'
import type { Cluster, ClusterOptions, Provider } from '../provider.ts'
import { readCluster, writeCluster } from '../state.ts'
import { installAddons } from './addons.ts'
import { createArgs, deleteArgs, kindConfig, loadArgs } from './kind-config.ts'

const answerWithinMs = 5_000

export const kindProvider: Provider = {
  name: 'kind',
  unavailable: dockerSilence,
  up,
  down,
  async loadImage({ name }, archive) {
    await execa(await binary('kind'), loadArgs(name, archive))
  },
}

/** Why Docker's engine does not answer. */
async function dockerSilence(): Promise<string | undefined> {
  const { failed, stderr, shortMessage } = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeout: answerWithinMs,
    reject: false,
  })
  return failed ? `Docker's engine does not answer: ${stderr || shortMessage}` : undefined
}

async function up(options: ClusterOptions): Promise<Cluster> {
  const { name, stateDir, progress } = options
  const known = await readCluster(stateDir)
  if (known?.provider === 'kind' && (await answersOk(known.kubeconfig, '/readyz'))) return known
  const kind = await binary('kind', progress)
  await down(options)
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const config = join(stateDir, 'kind.yaml')
  const kubeconfig = join(stateDir, 'kubeconfig')
  const [httpPort, httpsPort] = await Promise.all([freePort(), freePort()])
  await writeFile(config, kindConfig({ httpPort, httpsPort }))
  const cluster: Cluster = { name, provider: 'kind', kubeconfig, httpPort, httpsPort }
  await progress.step(`create the kind cluster ${name}`, () => execa(kind, createArgs(name, { config, kubeconfig })))
  await installAddons(kubeconfig, progress)
  await writeCluster(stateDir, cluster)
  return cluster
}

/** kind takes the deletion of what does not exist for done. */
async function down({ name, stateDir, progress }: ClusterOptions): Promise<void> {
  const kind = await binary('kind', progress)
  await execa(kind, deleteArgs(name, join(stateDir, 'kubeconfig')))
  await rm(stateDir, { recursive: true, force: true })
}
