/** The Proxmox VE of the demo: starts it beside the cluster, and tells the operator of it. */

import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { observePrograms, startProgram, stopPrograms, untilReady } from '../cluster/control-plane/process.ts'
import { innerPid } from '../cluster/node/inside.ts'
import { nodeAddress, proxmoxPort, stateFiles } from '../cluster/node/layout.ts'
import type { LinkPorts } from '../cluster/node/link.ts'
import type { Cluster } from '../cluster/provider.ts'
import { operatorNamespace } from './installation.ts'
import type { Kubectl } from './kubectl.ts'

/** As the simulator writes it. */
export interface ProxmoxAccess {
  url: string
  fingerprint: string
  token: { id: string; secret: string }
}

export interface DemoProxmox extends ProxmoxAccess {
  /** The same, for people and programs on this machine. */
  outerUrl: string
}

/** As in examples/proxmox. */
export const proxmoxClusterName = 'proxmox'
const secretName = 'proxmox-token'
const program = 'proxmox'
const readyWithinMs = 60_000

/**
 * Finds it running, or starts it, with nothing in it. It is a process of this machine in the network of the node, where pods
 * reach it at the node's address; it is marked as the cluster's, and ends with it. Undefined where the provider has no such
 * network.
 */
export async function startDemoProxmox(
  { provider }: Pick<Cluster, 'provider'>,
  stateDir: string,
): Promise<DemoProxmox | undefined> {
  if (provider !== 'node') return undefined
  const accessFile = join(stateDir, 'proxmox.json')
  const { log, links } = stateFiles(stateDir)
  const running = observePrograms(stateDir).filter(({ name }) => name === program)
  if (running.length === 0 || !existsSync(accessFile)) {
    await stopPrograms(running, 0)
    await rm(accessFile, { force: true })
    const where = [`--host=${nodeAddress}`, `--port=${proxmoxPort}`, `--access=${accessFile}`]
    const started = await startProgram(stateDir, {
      name: program,
      file: 'nsenter',
      args: [
        ...[`--target=${innerPid(stateDir)}`, '--net', '--'],
        ...[process.execPath, join(import.meta.dirname, 'proxmox-server.ts'), ...where],
      ],
      folder: '/',
      logFile: join(log, 'proxmox.log'),
      diesWithUs: false,
    })
    await untilReady([started], async () => existsSync(accessFile), readyWithinMs)
  }
  const access = JSON.parse(await readFile(accessFile, 'utf8')) as ProxmoxAccess
  const ports = JSON.parse(await readFile(links, 'utf8')) as LinkPorts
  return { ...access, outerUrl: `https://localhost:${ports.proxmox}` }
}

/** Idempotent. */
export async function applyDemoProxmox(kubectl: Kubectl, proxmox: DemoProxmox): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: proxmoxObjects(proxmox) }
  await kubectl.run(['apply', '--server-side', '-f', '-'], JSON.stringify(list))
}

export async function untilProxmoxReady(kubectl: Kubectl): Promise<void> {
  const cluster = `proxmoxclusters.tenantry.dev/${proxmoxClusterName}`
  await kubectl.run(['wait', '--for=condition=Ready', '--timeout=60s', cluster])
}

export function proxmoxObjects({ url, outerUrl, fingerprint, token }: DemoProxmox): object[] {
  const credentials = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: operatorNamespace },
    stringData: { tokenId: token.id, tokenSecret: token.secret },
  }
  const cluster = {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'ProxmoxCluster',
    metadata: { name: proxmoxClusterName },
    spec: {
      // The second one is for an operator that runs on this machine: make dev.
      endpoints: [url, outerUrl],
      credentialSecretRef: { name: secretName },
      tls: { fingerprints: [fingerprint] },
      // So short that one can watch it end.
      network: { type: 'vlan', zone: 'tenants', vlanRange: { first: 100, last: 199 }, quarantineSeconds: 20 },
      placement: { storages: ['local'], templates: [9000] },
      vmidRange: { first: 10_000, last: 19_999 },
    },
  }
  return [credentials, cluster]
}
