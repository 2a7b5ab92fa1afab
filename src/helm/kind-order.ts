/** In which order kinds leave. The order in which they come is that of the manifest: helm has put it in place. Pure. */
import { entryKey } from './manifest.ts'

/** Who serves requests or uses what the second wave holds, in the order of Helm's own uninstall. */
const FIRST_WAVE = [
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'APIService',
  'HTTPRoute',
  'Ingress',
  'IngressClass',
  'Service',
  'CronJob',
  'Job',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
  'DaemonSet',
]

/** The rest that Helm knows, in its order. Kinds it does not know, such as a database's, come before what they may need. */
const SECOND_WAVE = [
  'RoleBinding',
  'Role',
  'PersistentVolumeClaim',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'LimitRange',
  'ResourceQuota',
  'NetworkPolicy',
]

interface Entry {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name: string
}

export function inUninstallOrder<E extends Entry>(entries: readonly E[]): E[] {
  return [...entries].sort((a, b) => rank(a.kind) - rank(b.kind) || (entryKey(a) < entryKey(b) ? -1 : 1))
}

/** What goes first, and what goes when all of that is gone. */
export function uninstallWaves<E extends Entry>(entries: readonly E[]): [E[], E[]] {
  const ordered = inUninstallOrder(entries)
  return [ordered.filter(isFirst), ordered.filter(entry => !isFirst(entry))]
}

function isFirst({ kind }: Entry): boolean {
  return FIRST_WAVE.includes(kind)
}

function rank(kind: string): number {
  const first = FIRST_WAVE.indexOf(kind)
  return first >= 0 ? first : FIRST_WAVE.length + 1 + SECOND_WAVE.indexOf(kind)
}
