/** What the machine tells a node before it starts: the file that supervisor and init read. */

import { readFileSync } from 'node:fs'

export const programNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const
export type ProgramName = (typeof programNames)[number]

export interface NodeOptions {
  /** Of the cluster. */
  name: string
  stateDir: string
  /** Folders of the root file system, the uppermost first. */
  lower: string[]
  /** Where the machine has the programs. */
  programs: Record<ProgramName, string>
}

export function readNodeOptions(file: string | undefined): NodeOptions {
  if (file === undefined) throw new Error('usage: <program> <file with options>')
  return JSON.parse(readFileSync(file, 'utf8')) as NodeOptions
}
