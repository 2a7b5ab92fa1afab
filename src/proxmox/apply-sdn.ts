/** Carries out the edits of the SDN, and brings them into force. Whose a vnet is, is asked again at the moment of changing it. */
import type { Mark } from '../plan/proxmox-mark.ts'
import { markText, ownershipOf, parseMark } from '../plan/proxmox-mark.ts'
import type { SdnStep } from '../plan/sdn-step.ts'
import type { Proxmox } from './client.ts'
import { isExisting, isMissing, ProxmoxError } from './errors.ts'
import { isApplying } from './networks.ts'
import { cluster } from './routes/cluster.ts'
import { sdn } from './routes/sdn.ts'
import { observePending } from './sdn-pending.ts'

/** Gives what the step has still to bring about, in words; empty when nothing is. Throws a ProxmoxError. */
export async function applySdnStep(proxmox: Proxmox, step: SdnStep): Promise<readonly string[]> {
  switch (step.do) {
    case 'sdn.createVnet':
      await createVnet(proxmox, step)
      return []
    case 'sdn.createSubnet':
      await createSubnet(proxmox, step)
      return []
    case 'sdn.updateSubnet':
      await mustOwn(proxmox, step)
      await proxmox.call(sdn.updateSubnet, { vnet: step.vnet, subnet: step.id, gateway: step.gateway })
      return []
    case 'sdn.deleteSubnet':
      await withOwn(proxmox, step, () => proxmox.call(sdn.deleteSubnet, { vnet: step.vnet, subnet: step.id }))
      return []
    case 'sdn.deleteVnet':
      await withOwn(proxmox, step, () => proxmox.call(sdn.deleteVnet, { vnet: step.vnet }))
      return []
    case 'sdn.apply':
      return commit(proxmox, step.installation)
    default:
      return step satisfies never
  }
}

type Creating<Do extends 'sdn.createVnet' | 'sdn.createSubnet'> = Extract<SdnStep, { do: Do }>

/** Where somebody was faster, the next look tells whose it is. */
async function createVnet(proxmox: Proxmox, { vnet, zone, tag, mark }: Creating<'sdn.createVnet'>): Promise<void> {
  try {
    await proxmox.call(sdn.createVnet, { vnet, zone, tag, alias: markText(mark) })
  } catch (error) {
    if (!isExisting(error)) throw error
  }
}

async function createSubnet(proxmox: Proxmox, step: Creating<'sdn.createSubnet'>): Promise<void> {
  const { vnet, id, cidr: subnet, gateway } = step
  await mustOwn(proxmox, step)
  try {
    await proxmox.call(sdn.createSubnet, { vnet, type: 'subnet', subnet, gateway })
  } catch (error) {
    if (!isExisting(error)) throw error
    const own = await proxmox.call(sdn.listSubnets, { vnet })
    if (own.some(found => found.subnet === id)) return
    const why = 'another vnet of the zone has it'
    throw new ProxmoxError({ kind: 'conflict', what: `make subnet ${id}`, why, status: 0 })
  }
}

/** What is gone already is what was wanted. */
async function withOwn(
  proxmox: Proxmox,
  owned: { readonly vnet: string; readonly mark: Mark },
  remove: () => Promise<unknown>,
): Promise<void> {
  try {
    await mustOwn(proxmox, owned)
    await remove()
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

async function mustOwn(
  proxmox: Proxmox,
  { vnet, mark }: { readonly vnet: string; readonly mark: Mark },
): Promise<void> {
  const { alias } = await proxmox.call(sdn.getVnet, { vnet })
  if (ownershipOf(alias, mark) === 'own') return
  const why = 'it does not carry the mark of this tenant any more, so that it is left alone'
  throw new ProxmoxError({ kind: 'conflict', what: `change vnet ${vnet}`, why, status: 0 })
}

async function commit(proxmox: Proxmox, installation: string): Promise<readonly string[]> {
  const nodes = (await proxmox.call(cluster.listNodes, {})).filter(({ status }) => status === 'online')
  const [underWay, vnets, zones] = await Promise.all([
    isApplying(
      proxmox,
      nodes.map(({ node }) => node),
    ),
    proxmox.call(sdn.listVnets, { pending: true }),
    proxmox.call(sdn.listZones, { pending: true }),
  ])
  if (underWay) return WAITING
  const others = await observePending(proxmox, zones)
  const foreign = [
    ...others.map(({ name }) => name),
    ...vnets
      .filter(({ state, alias, pending }) => {
        if (state === undefined) return false
        return [alias, pending?.alias].every(text => parseMark(text)?.installation !== installation)
      })
      .map(({ vnet }) => `vnet ${vnet}`),
  ]
  if (foreign.length > 0) {
    const why = `changes of somebody else wait to be applied too (${foreign.join(', ')})`
    throw new ProxmoxError({ kind: 'conflict', what: 'apply the SDN', why, status: 0 })
  }
  await proxmox.call(sdn.apply, {})
  return WAITING
}

const WAITING = ['every node to take over the networks']
