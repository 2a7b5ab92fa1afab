/** The administrator's kubeconfig with a token of the operator in the administrator's place. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { operatorDeployment, operatorNamespace } from '../../dev/demo/installation.ts'
import type { Environment } from './environment.ts'
import { uniqueName } from './tenant-client.ts'

export async function operatorKubeconfig({
  kubectl,
  stateDir,
}: Environment): Promise<{ file: string; remove: () => Promise<void> }> {
  const token = await kubectl.run(['create', 'token', operatorDeployment, '-n', operatorNamespace, '--duration=1h'])
  const config = parse(await kubectl.run(['config', 'view', '--raw', '--flatten'])) as { users: { user: unknown }[] }
  for (const user of config.users) user.user = { token }
  const file = join(stateDir, `${uniqueName('operator')}.kubeconfig`)
  await writeFile(file, stringify(config), { mode: 0o600 })
  return { file, remove: () => rm(file) }
}
