/** The administrator's kubeconfig with a token of the operator in the administrator's place. */
import { writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import { operatorDeployment, operatorNamespace } from './installation.ts'
import type { Kubectl } from './kubectl.ts'

/** For one day, readable by this user only. */
export async function writeOperatorKubeconfig(kubectl: Kubectl, file: string): Promise<void> {
  const token = await kubectl.run(['create', 'token', operatorDeployment, '-n', operatorNamespace, '--duration=24h'])
  const config = parse(await kubectl.run(['config', 'view', '--raw', '--flatten'])) as { users: { user: unknown }[] }
  for (const user of config.users) user.user = { token }
  await writeFile(file, stringify(config), { mode: 0o600 })
}
