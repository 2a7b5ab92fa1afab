/** What passes over machines do to Proxmox VE, as plain JSON. What is made gets the mark in the making call; what is changed has to carry it. */
import type { Mark } from './proxmox-mark.ts'
import type { SecretKey } from './proxmox-step.ts'

/** A mark with the machine in it: its name and its id. */
export type MachineMark = Mark & Required<Pick<Mark, 'machine'>>

export interface GuestRef {
  readonly cluster: string
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly node: string
  readonly mark: MachineMark
}

/** Settings of a guest in the words of Proxmox VE; memory in MiB. */
export interface GuestSettings {
  readonly name?: string
  readonly hostname?: string
  readonly cores?: number
  readonly sockets?: number
  readonly memory?: number
  readonly balloon?: number
  readonly net0?: string
  readonly ipconfig0?: string
  readonly ciuser?: string
  readonly nameserver?: string[]
  readonly tags?: string[]
  readonly onboot?: boolean
  readonly startup?: string
  readonly protection?: boolean
}

export type MachineStep =
  /** A task. Refused, or failing in the task, where the id is taken by now. */
  | ({
      readonly do: 'proxmox.cloneGuest'
      readonly template: number
      /** Where the template is; `node` is where the clone is to be. */
      readonly from: string
      readonly name: string
      readonly pool: string
      /** Of a full clone; a linked one is where its template is. */
      readonly storage?: string
    } & GuestRef)
  | ({
      readonly do: 'proxmox.createContainer'
      readonly template: string
      readonly pool: string
      readonly rootfs: string
      readonly settings: GuestSettings
      /** Public keys for its root: only now can they be given. */
      readonly keys?: SecretKey
    } & GuestRef)
  /** Only while its configuration is the one that was seen. */
  | ({
      readonly do: 'proxmox.configureGuest'
      readonly set: GuestSettings
      readonly remove: readonly string[]
      readonly digest: string
      readonly keys?: SecretKey
    } & GuestRef)
  /** Only while its configuration is the one that was seen, with a former mark. */
  | ({ readonly do: 'proxmox.markGuest'; readonly digest: string } & GuestRef)
  | ({
      readonly do: 'proxmox.growDisk'
      readonly disk: string
      /** Of the whole disk, so that growing twice is growing once. */
      readonly sizeGiB: number
      readonly digest: string
    } & GuestRef)
  | ({ readonly do: 'proxmox.startGuest' } & GuestRef)
  /** One task: what has not shut down when the time is over is switched off. */
  | ({ readonly do: 'proxmox.stopGuest'; readonly timeoutSeconds: number } & GuestRef)
  | ({ readonly do: 'proxmox.destroyGuest' } & GuestRef)
