/** What a node and a storage have to fulfil for a new machine, in the order in which it is told what is in the way. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import { diskBytes, type MachineIntent, memoryBytes } from './machine-intent.ts'
import { clonesOf, freeMemory, freeStorage, makingsOn, type Surroundings } from './machine-room.ts'
import type { GuestView, NodeView, StorageView } from './proxmox-view.ts'

export interface SpotWish {
  readonly spec: MachineSpec
  readonly placement: ProxmoxClusterSpec['placement']
  /** Of a virtual machine. */
  readonly template: GuestView | undefined
  /** The storage that the template's disks are on, where somebody has looked. */
  readonly templateStorage: string | undefined
}

export type NoSpot =
  /** Enough others are being made just now. */
  | { readonly choice: 'wait'; readonly reason: string; readonly message: string }
  /** Something else has to change first. */
  | { readonly choice: 'none'; readonly reason: string; readonly message: string }

export interface Demand<T> {
  readonly holds: (candidate: T) => boolean
  /** Said where it leaves nothing over. */
  readonly otherwise: NoSpot
}

/** A storage, and the node that sees it. */
interface Row {
  readonly node: NodeView
  readonly row: StorageView
}

export function nodeDemands(wish: SpotWish, around: Surroundings): readonly Demand<NodeView>[] {
  const { spec, placement, template } = wish
  const allowed = placement.nodes ?? around.view.nodes.map(({ name }) => name)
  const where = spec.node ?? listed(allowed)
  return [
    {
      holds: ({ name }) => allowed.includes(name) && (spec.node ?? name) === name,
      otherwise:
        spec.node === undefined || allowed.includes(spec.node)
          ? none('NodeMissing', `The cluster has no node that it may be on: ${where}.`)
          : none('NodeNotAllowed', `Machines may be on the nodes ${listed(allowed)}, not on ${spec.node}.`),
    },
    {
      holds: ({ online }) => online,
      otherwise: none('NodesOffline', `No node that it may be on is online: ${where}.`),
    },
    ...(template === undefined ? [volumeDemand(wish, around, where)] : cloneDemands(template, wish, around)),
    {
      holds: ({ cores = spec.cores }) => cores >= spec.cores,
      otherwise: none('NodesFull', `No node that it may be on has ${spec.cores} cores: ${where}.`),
    },
    {
      holds: node => (freeMemory(node, around) ?? Number.POSITIVE_INFINITY) >= memoryBytes(spec),
      otherwise: none('NodesFull', `No node that it may be on has ${spec.memory} of memory left: ${where}.`),
    },
  ]
}

/** The node of the template does the work; to another one it reaches only through storages that both have. */
function cloneDemands(template: GuestView, { templateStorage }: SpotWish, { view }: Surroundings): Demand<NodeView>[] {
  const { vmid, node } = template
  const isThere = view.nodes.some(({ name, online }) => name === node && online)
  const elsewhere = `Template ${vmid} is on node ${node}, and not on a shared storage: its clones cannot be on another node.`
  return [
    { holds: () => isThere, otherwise: none('NodesOffline', `Template ${vmid} is on node ${node}, which is offline.`) },
    {
      holds: ({ name }) => name === node || isSharedWith(name, templateStorage, view.storages),
      otherwise: none('TemplateElsewhere', elsewhere),
    },
  ]
}

function volumeDemand({ spec }: SpotWish, { view }: Surroundings, where: string): Demand<NodeView> {
  const [storage] = spec.container?.template.split(':') ?? []
  const message = `No node that it may be on has the storage "${storage}" with templates of containers, as far as the token sees: ${where}.`
  return {
    holds: ({ name }) =>
      view.storages.some(row => row.storage === storage && row.node === name && isUsable(row, 'vztmpl')),
    otherwise: none('TemplateMissing', message),
  }
}

export function storageDemands(wish: SpotWish, around: Surroundings): readonly Demand<Row>[] {
  const { spec, placement, template, templateStorage } = wish
  const { storages, clonesAtOnce } = placement
  const content = template === undefined ? 'rootdir' : 'images'
  const bytes = diskBytes(spec, template)
  return [
    {
      holds: ({ row }) => storages.includes(row.storage) && (spec.storage ?? row.storage) === row.storage,
      otherwise:
        spec.storage === undefined || storages.includes(spec.storage)
          ? none('StorageMissing', `No node that it may be on has the storages ${spec.storage ?? listed(storages)}.`)
          : none('StorageNotAllowed', `Disks may be on the storages ${listed(storages)}, not on ${spec.storage}.`),
    },
    ...(template && spec.clone === 'Linked' ? [linkedDemand(template, templateStorage)] : []),
    {
      holds: ({ row }) =>
        isUsable(row, content) && (row.shared || template === undefined || template.node === row.node),
      otherwise: none(
        'StorageMissing',
        `No storage that its disks may be on is available with the content ${content}.`,
      ),
    },
    {
      holds: ({ row }) => (freeStorage(row, around) ?? Number.POSITIVE_INFINITY) >= bytes,
      otherwise: none('StorageFull', `No storage that its disks may be on has ${gibibytes(bytes)} left.`),
    },
    {
      holds: () => template === undefined || clonesOf(template.vmid, around) < clonesAtOnce,
      otherwise: tooManyClones(clonesAtOnce, template?.vmid),
    },
    {
      holds: ({ row }) => makingsOn(row, around) < clonesAtOnce,
      otherwise: wait(`${clonesAtOnce} machines are being made on each storage that it may be on, the most at once.`),
    },
  ]
}

/** Why one that has its place, and was held up until now, is not made yet; undefined where it is its turn. */
export function turnProblem(
  { template, storage, node }: MachineIntent['status'],
  { clonesAtOnce }: SpotWish['placement'],
  around: Surroundings,
): NoSpot | undefined {
  if (template !== undefined && clonesOf(template, around) >= clonesAtOnce) return tooManyClones(clonesAtOnce, template)
  const row = around.view.storages.find(one => one.storage === storage && one.node === node)
  if (row === undefined || makingsOn(row, around) < clonesAtOnce) return undefined
  return wait(`${clonesAtOnce} machines are being made on storage ${storage}, the most at once.`)
}

function tooManyClones(clonesAtOnce: number, template: number | undefined): NoSpot {
  return wait(`${clonesAtOnce} clones of template ${template} are being made, the most at once.`)
}

function linkedDemand({ vmid }: GuestView, templateStorage: string | undefined): Demand<Row> {
  const where = templateStorage === undefined ? 'on a storage that is not known' : `on storage ${templateStorage}`
  const message = `A linked clone stays with its template, and the disks of template ${vmid} are ${where}.`
  return { holds: ({ row }) => row.storage === templateStorage, otherwise: none('LinkedCloneStorage', message) }
}

function isSharedWith(node: string, storage: string | undefined, rows: readonly StorageView[]): boolean {
  return rows.some(row => row.storage === storage && row.node === node && row.shared && row.available)
}

function isUsable({ available, content }: StorageView, kind: string): boolean {
  return available && content.includes(kind)
}

function none(reason: string, message: string): NoSpot {
  return { choice: 'none', reason, message }
}

function wait(message: string): NoSpot {
  return { choice: 'wait', reason: 'ClonesAtOnce', message }
}

function gibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 30)}Gi`
}

function listed(names: readonly string[]): string {
  return [...names].sort().join(', ')
}
