/**
 * The mark that everything in Proxmox VE carries which this operator made: whose it is, in one line of text. Set by the call
 * that makes the thing, so that there is nothing without it; asked for again at the moment of each change. Pure.
 */
import * as names from './names.ts'
import type { TenantIdentity } from './release.ts'

export interface Mark {
  /** Of the operator, as configured or by the uid of its namespace: two operators may share a Proxmox VE cluster. */
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

const WORD = /^[\w.-]+$/

/** Undefined for any other text. Proxmox VE gives descriptions of guests back with a line break at the end. */
export function parseMark(text: string | undefined): Mark | undefined {
  const [head, ...rest] = (text ?? '').trim().split(' ')
  if (head !== 'tenantry') return undefined
  const fields = Object.fromEntries(
    rest.map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
  const { installation, tenant: name, uid, vlan, machine, vmid } = fields
  if (installation === undefined || name === undefined || uid === undefined) return undefined
  // These come back in commands that people are told to run.
  if (![installation, name, uid].every(word => WORD.test(word))) return undefined
  return {
    installation,
    tenant: { name, uid },
    ...(vlan === undefined ? {} : { vlan: Number(vlan) }),
    ...(machine === undefined || vmid === undefined ? {} : { machine: { name: machine, vmid: Number(vmid) } }),
  }
}

/**
 * `own`: of this very tenant. `former`: of a tenant of this name with another uid, or of another installation, such as after a
 * cluster was restored from a backup. `foreign`: of anybody else, or without a mark.
 */
export type Ownership = 'own' | 'former' | 'foreign'

type Owner = Pick<Mark, 'installation' | 'tenant'>

export function ownershipOf(text: string | undefined, { installation, tenant }: Owner): Ownership {
  const mark = parseMark(text)
  if (mark === undefined || mark.tenant.name !== tenant.name) return 'foreign'
  return mark.tenant.uid === tenant.uid && mark.installation === installation ? 'own' : 'former'
}

/** What has to be said so that what carries this mark is taken over: the uid there, with the installation where it is another one. */
export function adoptionKey({ installation, tenant }: Owner, own: Pick<Mark, 'installation'>): string {
  return installation === own.installation ? tenant.uid : `${installation}/${tenant.uid}`
}

/** Why what carries the mark of a former self is left alone, and what helps. `what`: such as `Pool tenants/acme of cluster pve`. */
export function formerSelfProblem(what: string, former: Owner, own: Owner): { reason: string; message: string } {
  const key = adoptionKey(former, own)
  const hint = `kubectl annotate tenant ${own.tenant.name} ${names.ADOPT_ANNOTATION}=${key} --overwrite`
  if (former.installation === own.installation) {
    const message = `${what} was made for an earlier tenant of this name, so that it is left alone. If all of that is to be this tenant's: ${hint}`
    return { reason: 'OwnedByFormerSelf', message }
  }
  const message = `${what} was made for a tenant of this name by another installation, ${former.installation}, so that it is left alone. If that one is at work, give this tenant another name. If it is this one, restored or installed anew, all of that becomes this tenant's by: ${hint}`
  return { reason: 'OwnedByOtherInstallation', message }
}
