/** A control plane with deploy/ in it, and kubectl bound to it. No operator runs here. */
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { type Kubectl, KubectlError, kubectlOf } from '../../dev/demo/kubectl.ts'
import { eventually } from './operator-environment.ts'

export interface Installation {
  readonly kubectl: Kubectl
  /** What kubectl says where it fails; empty where it does not. */
  refusal(args: readonly string[], input?: string): Promise<string>
  stop(): Promise<void>
}

export const OPERATOR = 'system:serviceaccount:tenantry-system:tenantry-operator'

export async function startInstallation(name: string): Promise<Installation> {
  const { cluster, stop } = await startControlPlane({ name })
  const kubectl = await kubectlOf(cluster)
  const refusal = async (args: readonly string[], input?: string) => {
    try {
      await kubectl.run(args, input)
      return ''
    } catch (error) {
      if (error instanceof KubectlError) return error.said
      throw error
    }
  }
  await kubectl.run(['apply', '-k', 'deploy'])
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
  // The API server takes policies up a moment after they are stored.
  await eventually(
    () => refusal(['create', 'namespace', 'elsewhere', '--dry-run=server', `--as=${OPERATOR}`]),
    said => said.includes('tenantry-operator-namespaces'),
  )
  return { kubectl, refusal, stop }
}
