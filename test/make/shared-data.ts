/**
 * The folder `shared` beside this repository, or beside one of the folders it is in. It has recordings and the schema of
 * a real Proxmox VE, which may not be part of this repository; a clone without it skips what needs them, and says why.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const DATA = 'shared/data'

export const NO_SHARED_DATA = `there is no folder ../${DATA} with recordings of Proxmox VE`

/** Undefined where there is none. */
export function sharedDataFolder(): string | undefined {
  const parents: string[] = []
  for (let folder = join(import.meta.dirname, '../..'); folder !== dirname(folder); folder = dirname(folder)) {
    parents.push(dirname(folder))
  }
  return parents.map(parent => join(parent, DATA)).find(folder => existsSync(join(folder, 'pve-scenarios')))
}

/** One request of a recording, and what came of it. */
export interface ScenarioStep {
  readonly as?: string
  readonly call?: string
  readonly params?: Readonly<Record<string, string>>
  readonly wait?: string
  readonly expect?: {
    readonly status?: number
    readonly reason?: string
    readonly body?: unknown
    readonly exitstatus?: string
    readonly type?: string
  }
}

export interface Scenario {
  readonly name: string
  readonly steps: readonly ScenarioStep[]
}

export function readScenarios(folder: string): Scenario[] {
  const path = join(folder, 'pve-scenarios')
  return readdirSync(path)
    .filter(name => name.endsWith('.json') && name !== 'base.json')
    .sort()
    .map(name => JSON.parse(readFileSync(join(path, name), 'utf8')) as Scenario)
}

/** What the official schema says of one method. */
export interface ApiMethod {
  readonly parameters?: {
    readonly properties?: Readonly<Record<string, ApiParameter>>
    readonly additionalProperties?: number
  }
}

export interface ApiParameter {
  readonly type?: string
  readonly optional?: number
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

interface ApiNode {
  readonly path: string
  readonly info?: Readonly<Record<string, ApiMethod>>
  readonly children?: readonly ApiNode[]
}

/** By `GET /path/{parameter}`. */
export function readApiMethods(folder: string): Map<string, ApiMethod> {
  const tree = JSON.parse(readFileSync(join(folder, 'pve-apidoc-9.2.json'), 'utf8')) as ApiNode[]
  const methods = new Map<string, ApiMethod>()
  const walk = ({ path, info = {}, children = [] }: ApiNode) => {
    for (const [method, about] of Object.entries(info)) methods.set(`${method} ${path}`, about)
    for (const child of children) walk(child)
  }
  for (const node of tree) walk(node)
  return methods
}
