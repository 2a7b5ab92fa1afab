/** What a cluster without nodes gets of an installation: kinds, rights and rules, and nothing that would run. */
import { cloudNativePgKinds } from '../cluster/binaries/cloudnative-pg-manifest.ts'
import type { Kubectl } from './kubectl.ts'

export async function installBare(run: Kubectl['run']): Promise<void> {
  // First, for kubectl cannot wait for what has no status yet.
  await run(['apply', '--server-side', '-f', '-'], await cloudNativePgKinds())
  await run(['apply', '--server-side', '-k', 'deploy'])
  await run(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
}
