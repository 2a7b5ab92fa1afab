/** Which template a virtual machine is cloned from. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { GuestView, ProxmoxView } from './proxmox-view.ts'

export type TemplateChoice =
  | { readonly choice: 'template'; readonly template: GuestView }
  | { readonly choice: 'none'; readonly reason: 'TemplateMissing' | 'TemplateAmbiguous'; readonly message: string }

export interface TemplateWish {
  readonly vmid?: number | undefined
  readonly name?: string | undefined
  readonly tags?: readonly string[] | undefined
}

/**
 * One of those that the cluster offers. By tags, the one with the highest id: who makes a newer template needs to change no
 * tenant. A name that two of them have is refused, for it was meant to be one.
 */
export function chooseTemplate(
  wish: TemplateWish,
  { placement }: Pick<ProxmoxClusterSpec, 'placement'>,
  { guests }: Pick<ProxmoxView, 'guests'>,
): TemplateChoice {
  const offered = guests
    .filter(({ vmid, type, template }) => template && type === 'qemu' && placement.templates.includes(vmid))
    .sort((a, b) => b.vmid - a.vmid)
  const fitting = offered.filter(guest => isMeant(wish, guest))
  const [template] = fitting
  if (template === undefined) {
    const among = placement.templates.length === 0 ? 'there are none' : `they are ${listOf(placement.templates)}`
    const message = `No template ${described(wish)} is among those of placement.templates that the token sees: ${among}.`
    return { choice: 'none', reason: 'TemplateMissing', message }
  }
  if (wish.name !== undefined && fitting.length > 1) {
    const message = `Templates ${listOf(fitting.map(({ vmid }) => vmid))} have the name "${wish.name}": choose one by its vmid.`
    return { choice: 'none', reason: 'TemplateAmbiguous', message }
  }
  return { choice: 'template', template }
}

function isMeant(wish: TemplateWish, { vmid, name, tags }: GuestView): boolean {
  if (wish.vmid !== undefined) return vmid === wish.vmid
  if (wish.name !== undefined) return name === wish.name
  return wish.tags?.every(tag => tags.includes(tag)) ?? false
}

function described({ vmid, name, tags = [] }: TemplateWish): string {
  if (vmid !== undefined) return `${vmid}`
  return name !== undefined ? `with the name "${name}"` : `with the tags ${tags.join(', ')}`
}

function listOf(vmids: readonly number[]): string {
  return [...vmids].sort((a, b) => a - b).join(', ')
}
