/** The manifest with which CloudNativePG installs itself. */

import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/**
 * Its kind Cluster alone, for a cluster without its operator, whose webhooks would have nobody behind them there. Nothing
 * of ours has the others, and all of them cost an API server as much as its start.
 */
export async function cloudNativePgKinds(): Promise<string> {
  const documents = (await readFile(await cloudNativePgManifest(), 'utf8')).split(/^---$/m)
  const kind = documents.find(document => document.includes('\n  name: clusters.postgresql.cnpg.io\n'))
  if (kind === undefined) throw new Error('the manifest of CloudNativePG has no kind Cluster')
  return kind
}
