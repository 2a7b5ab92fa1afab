/**
 * The mark that everything in Proxmox VE carries which this operator made: whose it is, in one line of text. Set by the call
 * that makes the thing, so that there is nothing without it; asked for again at the moment of each change. Pure.
 */
import type { TenantIdentity } from './release.ts'

export interface Mark {
  /** Uid of the operator's namespace: two operators may share a Proxmox VE cluster. */
  readonly installation: string
  readonly tenant: TenantIdentity
  /** Of a pool and a vnet: the tag of the tenant, so that a lost lease can be made again. */
  readonly vlan?: number
  /** Of a guest: whose name it has, and its id. A copy that a person makes takes the text along, and not the id. */
  readonly machine?: { readonly name: string; readonly vmid: number }
}

/** Only what an alias of a vnet may have: letters, digits and some punctuation, 256 characters. */
export function markText({ installation, tenant, vlan, machine }: Mark): string {
  const parts = [
    'tenantry',
    `installation=${installation}`,
    `tenant=${tenant.name}`,
    `uid=${tenant.uid}`,
    ...(vlan === undefined ? [] : [`vlan=${vlan}`]),
    ...(machine === undefined ? [] : [`machine=${machine.name}`, `vmid=${machine.vmid}`]),
  ]
  return parts.join(' ')
}

/** Undefined for any other text. Proxmox VE gives descriptions of guests back with a line break at the end. */
export function parseMark(text: string | undefined): Mark | undefined {
  const [head, ...rest] = (text ?? '').trim().split(' ')
  if (head !== 'tenantry') return undefined
  const fields = Object.fromEntries(
    rest.map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
  const { installation, tenant: name, uid, vlan, machine, vmid } = fields
  if (installation === undefined || name === undefined || uid === undefined) return undefined
  return {
    installation,
    tenant: { name, uid },
    ...(vlan === undefined ? {} : { vlan: Number(vlan) }),
    ...(machine === undefined || vmid === undefined ? {} : { machine: { name: machine, vmid: Number(vmid) } }),
  }
}

/**
 * `own`: of this very tenant. `former`: of a tenant of this installation and name with another uid, such as after a cluster was
 * restored from a backup. `foreign`: of anybody else, or without a mark.
 */
export type Ownership = 'own' | 'former' | 'foreign'

export function ownershipOf(
  text: string | undefined,
  { installation, tenant }: Pick<Mark, 'installation' | 'tenant'>,
): Ownership {
  const mark = parseMark(text)
  if (mark === undefined || mark.installation !== installation || mark.tenant.name !== tenant.name) return 'foreign'
  return mark.tenant.uid === tenant.uid ? 'own' : 'former'
}
