/**
 * The rules of the Pod Security Standard "restricted" as a table over a pod's spec.
 * Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */

export interface Container {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly { readonly hostPort?: number }[]
  readonly securityContext?: {
    readonly privileged?: boolean
    readonly allowPrivilegeEscalation?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly procMount?: string
    readonly seccompProfile?: { readonly type: string }
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  }
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly volumes?: readonly Record<string, unknown>[]
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly sysctls?: readonly unknown[]
    readonly seccompProfile?: { readonly type: string }
  }
}

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]
const SECCOMP_TYPES = ['RuntimeDefault', 'Localhost']

const podRules: Record<string, (pod: PodSpec) => boolean> = {
  'shares no namespace with its node': ({ hostNetwork, hostPID, hostIPC }) => !hostNetwork && !hostPID && !hostIPC,
  'has allowed volumes only': ({ volumes = [] }) =>
    volumes.every(volume => Object.keys(volume).every(key => key === 'name' || VOLUME_TYPES.includes(key))),
  'sets no kernel parameters': ({ securityContext }) => (securityContext?.sysctls ?? []).length === 0,
  'does not run as root': ({ securityContext }) => securityContext?.runAsUser !== 0,
}

const containerRules: Record<string, (container: Container, pod: PodSpec) => boolean> = {
  'is not privileged': ({ securityContext }) => securityContext?.privileged !== true,
  'cannot gain privileges': ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false,
  'must not run as root': ({ securityContext }, pod) =>
    (securityContext?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true && securityContext?.runAsUser !== 0,
  'has a seccomp profile': ({ securityContext }, pod) =>
    SECCOMP_TYPES.includes((securityContext?.seccompProfile ?? pod.securityContext?.seccompProfile)?.type ?? ''),
  'drops all capabilities': ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') === true,
  'adds no capability': ({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).every(capability => capability === 'NET_BIND_SERVICE'),
  'takes no port of its node': ({ ports = [] }) => ports.every(({ hostPort }) => !hostPort),
  'masks /proc': ({ securityContext }) => [undefined, 'Default'].includes(securityContext?.procMount),
  // Stricter than the standard.
  'writes nowhere but in its volumes': ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
}

/** One sentence for each rule that is broken. */
export function podSecurityViolations(pod: PodSpec): string[] {
  const containers = [...pod.containers, ...(pod.initContainers ?? []), ...(pod.ephemeralContainers ?? [])]
  return [
    ...broken(podRules, rule => rule(pod)).map(rule => `the pod: ${rule}`),
    ...containers.flatMap(container =>
      broken(containerRules, rule => rule(container, pod)).map(rule => `${container.name}: ${rule}`),
    ),
  ]
}

function broken<Rule>(rules: Record<string, Rule>, holds: (rule: Rule) => boolean): string[] {
  return Object.entries(rules)
    .filter(([, rule]) => !holds(rule))
    .map(([name]) => name)
}
