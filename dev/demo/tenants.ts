/** The tenants of the demo: applies their manifests and waits until they are Ready. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import type { TenantSpec, TenantStatus } from '../../src/crds/tenant.ts'
import type { Progress } from '../cluster/progress.ts'
import { type Kubectl, KubectlError } from './kubectl.ts'

/** As `kubectl get tenant -o json` shows it. */
export interface Tenant {
  metadata: { name: string; uid: string; generation: number; resourceVersion: string }
  spec: TenantSpec
  status?: TenantStatus
}

const repository = resolve(import.meta.dirname, '../..')
const examples = [join(repository, 'examples/plans'), join(repository, 'examples/tenants/minimal.yaml')]
const ownManifest = join(import.meta.dirname, 'tenants.yaml')
export const demoTenants = ['acme', 'initech'] as const

const readyWithinS = 300

export async function applyDemoTenants(kubectl: Kubectl, { proxmox }: { proxmox: boolean }): Promise<void> {
  for (const manifest of examples) await kubectl.run(['apply', '-f', manifest])
  const own = parse(await readFile(ownManifest, 'utf8')) as { spec: Partial<TenantSpec> }
  const { proxmox: _, machines: __, ...onKubernetes } = own.spec
  await kubectl.run(['apply', '-f', '-'], stringify(proxmox ? own : { ...own, spec: onKubernetes }))
}

/** Each at its own pace, each with its own time. */
export async function untilDemoTenantsReady(kubectl: Kubectl, progress: Progress): Promise<Tenant[]> {
  return Promise.all(demoTenants.map(name => progress.step(`tenant ${name}`, () => untilReady(kubectl, name))))
}

async function untilReady(kubectl: Kubectl, name: string): Promise<Tenant> {
  try {
    await kubectl.run(['wait', '--for=condition=Ready', `--timeout=${readyWithinS}s`, `tenants.tenantry.dev/${name}`])
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    const conditions = conditionLines(await readTenant(kubectl, name))
    throw new Error([`tenant ${name}: ${error.said}`, ...conditions].join('\n'), { cause: error })
  }
  return readTenant(kubectl, name)
}

export function readTenant(kubectl: Kubectl, name: string): Promise<Tenant> {
  return kubectl.json<Tenant>(['get', 'tenants.tenantry.dev', name])
}

function conditionLines({ status }: Tenant): string[] {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return ['it has no conditions: the operator has not seen it']
  return conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)
}
