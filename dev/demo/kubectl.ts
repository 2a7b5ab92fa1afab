/** kubectl, bound to one cluster. */

import { execa } from 'execa'
import { binary } from '../cluster/binaries/binary.ts'
import { type Progress, silentProgress } from '../cluster/progress.ts'
import type { Cluster } from '../cluster/provider.ts'

export interface Kubectl {
  /** What it prints. Rejects with the verb and what kubectl says. `input` becomes its standard input. */
  run(args: readonly string[], input?: string): Promise<string>
  /** The same for `-o json`. */
  json<T>(args: readonly string[]): Promise<T>
}

export async function kubectlOf(
  { kubeconfig }: Pick<Cluster, 'kubeconfig'>,
  progress: Progress = silentProgress,
): Promise<Kubectl> {
  const file = await binary('kubectl', progress)
  const run: Kubectl['run'] = async (args, input = '') => {
    const result = await execa(file, ['--kubeconfig', kubeconfig, ...args], { input, reject: false })
    if (result.failed) throw new KubectlError(args, result.stderr.trim() || String(result.shortMessage))
    return result.stdout
  }
  return { run, json: async args => JSON.parse(await run([...args, '-o', 'json'])) }
}

export class KubectlError extends Error {
  /** What kubectl says. */
  readonly said: string

  constructor(args: readonly string[], said: string) {
    super(`kubectl ${args.slice(0, 3).join(' ')}: ${said}`)
    this.said = said
  }
}
