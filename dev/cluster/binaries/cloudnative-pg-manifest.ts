/** The manifest with which CloudNativePG installs itself. */

import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { cached } from '../cache.ts'
import { type Progress, silentProgress } from '../progress.ts'
import { downloadModule } from './go-build.ts'
import { goToolchain } from './go-toolchain.ts'
import { tools } from './tools.ts'

/** The absolute path of the release's YAML, with CRDs, RBAC, webhooks and the operator's Deployment. */
export function cloudNativePgManifest(progress: Progress = silentProgress): Promise<string> {
  const { module } = tools['cnpg-manager']
  const number = module.version.replace(/^v/, '')
  return cached(`manifests/cnpg-${number}.yaml`, async temporary => {
    const source = await downloadModule(await goToolchain(progress), module)
    await copyFile(join(source, `releases/cnpg-${number}.yaml`), temporary)
  })
}

/** Its kinds alone, for a cluster without its operator, whose webhooks would have nobody behind them there. */
export async function cloudNativePgKinds(): Promise<string> {
  const documents = parseAllDocuments(await readFile(await cloudNativePgManifest(), 'utf8'))
  return documents
    .filter(document => document.get('kind') === 'CustomResourceDefinition')
    .map(String)
    .join('')
}
