/** What Node makes of sources when it runs them, kept as in the operator's image, so that no contender compiles while it is measured. */
import { join, resolve } from 'node:path'
import { execa } from 'execa'

const ROOT = resolve(import.meta.dirname, '../..')

/** Environment of a process of Node that loads these modules of the repository. */
export async function compiled(stateDir: string, modules: readonly string[]): Promise<Record<string, string>> {
  const env = { NODE_COMPILE_CACHE: join(stateDir, 'compiled') }
  const imports = modules.map(module => `await import('./${module}')`).join('\n')
  await execa(process.execPath, ['--input-type=module', '--eval', imports], { cwd: ROOT, env, stdin: 'ignore' })
  return env
}
