/** What a cluster could leave behind on the machine, as sorted lines: for comparing before and after. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { observeHierarchies } from './node/cgroup.ts'
import { observeProcess } from './process-mark.ts'

export interface HostSnapshot {
  processes: string[]
  mounts: string[]
  interfaces: string[]
  iptables: string[]
  cgroups: string[]
  /** Of the state folder's parent. */
  files: string[]
  /** Kernel settings that kubelet and kube-proxy like to change. */
  settings: string[]
}

const settings = [
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
]
const ruleListers = ['iptables-save', 'ip6tables-save', 'iptables-legacy-save', 'nft']

/** `isOurs` picks the processes and the control groups to compare: a machine is never quite still. */
export async function hostSnapshot({
  stateRoot,
  isOurs,
}: {
  stateRoot: string
  isOurs: (processOrCgroup: string) => boolean
}): Promise<HostSnapshot> {
  return {
    processes: processLines().filter(isOurs).sort(),
    mounts: readFileSync('/proc/self/mounts', 'utf8').trim().split('\n').sort(),
    interfaces: readdirSync('/sys/class/net').sort(),
    iptables: (await Promise.all(ruleListers.map(ruleLines))).flat(),
    cgroups: observeHierarchies()
      .flatMap(({ mountPoint }) => folders(mountPoint, 3))
      .filter(isOurs)
      .sort(),
    files: existsSync(stateRoot) ? readdirSync(stateRoot).filter(isOurs).sort() : [],
    settings: settings.map(name => `${name}=${readFileSync(join('/proc/sys', name), 'utf8').trim()}`),
  }
}

/** Command and environment: what a container runs does not show by its name whose it is. */
function processLines(): string[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && observeProcess(Number(entry)) !== undefined)
    .map(pid => `${readProcess(pid, 'cmdline')} ${readProcess(pid, 'environ')} ${readProcess(pid, 'cgroup')}`)
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll(/[\0\n]/g, ' ')
  } catch {
    return ''
  }
}

/** Rules without the counters; a program that is not installed shows none. */
async function ruleLines(program: string): Promise<string[]> {
  const args = program === 'nft' ? ['list', 'ruleset'] : []
  const { stdout, failed } = await execa(program, args, { reject: false })
  return failed ? [] : stdout.split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

function folders(parent: string, depth: number): string[] {
  if (depth === 0) return []
  return readdirSync(parent, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(parent, entry.name))
    .flatMap(folder => [folder, ...folders(folder, depth - 1)])
}
