/** Runs programs of a node's own file system inside its namespaces, from the machine. */

import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { observePrograms } from '../control-plane/process.ts'

/** The pid, as the machine sees it, of a program inside the node. */
export function innerPid(stateDir: string, program = 'containerd'): number | undefined {
  return observePrograms(stateDir).find(({ name }) => name === program)?.pid
}

/** The argument vector that runs `argv` where the process `pid` is. */
export function insideArgv(pid: number, argv: readonly string[]): string[] {
  const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--root', '--wd=/']
  return ['nsenter', `--target=${pid}`, ...namespaces, '--', ...argv]
}

/** Rejects where the node does not run, or the program fails. */
export async function runInside(stateDir: string, argv: readonly string[], input?: Readable): Promise<string> {
  const pid = innerPid(stateDir)
  if (pid === undefined) throw new Error(`no node runs in ${stateDir}`)
  const [file = '', ...args] = insideArgv(pid, argv)
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  const { stdout } = await execa(file, args, {
    env,
    extendEnv: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  })
  return stdout
}
