/**
 * What waits to be applied in the SDN beside vnets and subnets: an apply brings all of it into force, whoever edited it. IPAMs
 * and DNS servers have no such state: what is changed of them is in force at once.
 */
import type { Pending } from '../plan/network-observation.ts'
import type { Proxmox } from './client.ts'
import { isForbidden, isNotServed } from './errors.ts'
import type { Answer } from './route.ts'
import { sdn } from './routes/sdn.ts'

/** As far as the token sees it. Throws a ProxmoxError. */
export async function observePending(
  proxmox: Proxmox,
  zones: Answer<typeof sdn.listZones>,
): Promise<readonly Pending[]> {
  const [controllers, { fabrics, nodes }] = await Promise.all([
    unlessUnknown(proxmox.call(sdn.listControllers, { pending: true }), []),
    unlessUnknown(proxmox.call(sdn.listFabrics, { pending: true }), { fabrics: [], nodes: [] }),
  ])
  return [
    ...zones.map(({ zone, state }) => ({ name: `zone ${zone}`, state })),
    ...controllers.map(({ controller, state }) => ({ name: `controller ${controller}`, state })),
    ...fabrics.map(({ state, ...fabric }) => ({ name: `fabric ${told('id', fabric)}`, state })),
    ...nodes.map(({ state, ...node }) => ({
      name: `node ${told('node_id', node)} of fabric ${told('fabric_id', node)}`,
      state,
    })),
  ].flatMap(({ name, state }) => (state === undefined ? [] : [{ name, state }]))
}

/** Version 8 has no fabrics. */
async function unlessUnknown<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (isNotServed(error) || isForbidden(error)) return otherwise
    throw error
  }
}

type Field = string | undefined

/** What is new has everything among what is pending. */
function told<Key extends string>(
  key: Key,
  row: { readonly [K in Key]: Field } & { readonly pending: { readonly [K in Key]: Field } | undefined },
): string {
  return row[key] ?? row.pending?.[key] ?? 'without a name'
}
