/** Everything a simulated cluster remembers: plain JSON, so that it can be dumped, compared and put back. */

export interface State {
  /** Nothing can be written, though the nodes are up. */
  noQuorum?: true
  version: { version: string; release: string; repoid: string }
  realms: Record<string, { type: string; comment?: string }>
  users: Record<string, User>
  groups: Record<string, Group>
  /** Privileges by the name of the role. */
  roles: Record<string, string[]>
  acl: AclEntry[]
  pools: Record<string, Pool>
  datacenter: Record<string, string>
  nodes: Node[]
  storages: Record<string, Storage>
  volumes: Volume[]
  guests: Record<number, Guest>
  /** What `pvestatd` has told the cluster about guests; lags behind `guests`. */
  broadcast: Record<number, Row>
  tasks: Task[]
  sdn: Sdn
  firewalls: Record<string, Firewall>
  backupJobs: Record<string, Record<string, string>>
}

export type Row = Record<string, unknown>

export interface User {
  enable: number
  expire: number
  firstname?: string
  lastname?: string
  email?: string
  comment?: string
  keys?: string
  password?: string
  groups: string[]
  tokens: Record<string, Token>
}

export interface Token {
  secret: string
  privsep: number
  expire: number
  comment?: string
}

export interface Group {
  comment?: string
}

export interface AclEntry {
  path: string
  type: 'user' | 'group' | 'token'
  ugid: string
  roleid: string
  propagate: number
}

export interface Pool {
  comment?: string
  vms: number[]
  storage: string[]
}

export interface Node {
  node: string
  ip: string
  nodeid: number
  online: boolean
  /** Seconds since 1970. */
  bootedAt: number
  cpus: number
  memory: number
  interfaces: Record<string, Row>
  /** The SDN configuration that this node has applied, and which version it was. */
  sdn: SdnObjects | undefined
  sdnVersion: number
}

export interface Storage {
  type: string
  content: string
  shared: boolean
  options: Record<string, string>
}

export interface Volume {
  volid: string
  /** Absent: the storage is shared, the volume is on every node. */
  node?: string
  content: string
  format: string
  /** In bytes. */
  size: number
  ctime: number
  vmid?: number
  parent?: string
  notes?: string
  protected?: boolean
  /** What a backup holds. */
  backup?: { type: GuestType; config: Config; sizes: Record<string, number> }
}

export type GuestType = 'qemu' | 'lxc'
export type Config = Record<string, string>

export interface Snapshot {
  config: Config
  snaptime: number
  description: string
  parent?: string
  sizes: Record<string, number>
}

export interface Guest {
  vmid: number
  type: GuestType
  node: string
  config: Config
  /** Changes that wait for a restart; `null`: to be deleted. */
  pending: Record<string, string | null>
  snapshots: Record<string, Snapshot>
  running?: { since: number; pid: number; paused: boolean }
  /** Drives among the pending deletions whose volumes go with them. */
  forcedDeletes?: string[]
}

export interface Task {
  upid: string
  node: string
  pid: number
  pstart: number
  starttime: number
  endtime?: number
  type: string
  id: string
  /** Who started it: a user or a token. */
  user: string
  exitstatus?: string
  log: string[]
}

export type SdnSection = Record<string, Config>

export interface SdnObjects {
  zones: SdnSection
  vnets: SdnSection
  subnets: SdnSection
}

export interface Sdn {
  /** What is edited, and waits for an apply. */
  edited: SdnObjects
  running: SdnObjects
  /** Counts the applies; 0 before the first. */
  version: number
  ipams: SdnSection
  lock?: string
}

export interface Firewall {
  options: Config
  rules: Row[]
  ipsets: Record<string, { comment?: string; entries: Row[] }>
  aliases: Record<string, { name: string; cidr: string; comment?: string }>
  groups: Record<string, { comment?: string; rules: Row[] }>
}
