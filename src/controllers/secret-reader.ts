/** One value of a Secret, read at the moment it is needed and kept nowhere. */
import type { Kube } from '../kube/client.ts'
import type { SecretKey } from '../plan/proxmox-step.ts'
import { ProxmoxUnusable } from './proxmox-unusable.ts'

/** @throws ProxmoxUnusable SecretMissing */
export async function readSecret(kube: Pick<Kube, 'get'>, { namespace, name, key }: SecretKey): Promise<string> {
  const found = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
  const value = (found?.data as Record<string, string> | undefined)?.[key]
  if (value === undefined) {
    const message = `Secret ${name} in namespace ${namespace} has no key ${key}.`
    throw new ProxmoxUnusable({ reason: 'SecretMissing', message })
  }
  return Buffer.from(value, 'base64').toString('utf8')
}
