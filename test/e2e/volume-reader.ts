/** Reads what is in a folder of a node, by a pod that mounts it: no tenant and no database operator is needed for that. */
import type { Kubectl } from '../../dev/demo/kubectl.ts'
import { uniqueName } from './tenant-client.ts'

const image = 'tenantry.local/postgresql:15'
const label = 'tenantry.dev/volume-reader'
const mountPath = '/volume'
/** CloudNativePG's, which the data belongs to; the folder above it belongs to root. */
const owner = 26
const root = 0

/** The answer of a PostgreSQL that is started on the folder for this one query. */
export function queryVolume(kubectl: Kubectl, folder: string, sql: string): Promise<string> {
  // What CloudNativePG has configured names files of its own pods, so the settings are others.
  const settings = [
    'listen_addresses=',
    'ssl=off',
    'archive_mode=off',
    'logging_collector=off',
    'shared_preload_libraries=',
  ]
  const single = [
    'postgres',
    '--single',
    '-D',
    `${mountPath}/pgdata`,
    ...settings.flatMap(setting => ['-c', setting]),
    'app',
  ]
  return runPod(kubectl, folder, ['sh', '-c', 'echo "$0" | exec "$@"', sql, ...single])
}

/** Names of what the folder holds. */
export async function listVolumeFolder(kubectl: Kubectl, folder: string): Promise<string[]> {
  return (await runPod(kubectl, folder, ['ls', '-1', mountPath], root)).split('\n')
}

export async function deleteReaders(kubectl: Kubectl): Promise<void> {
  await kubectl.run(['delete', 'pods', '-n', 'default', '-l', label, '--grace-period=0', '--force'])
}

/** What a command prints in a pod that has the folder. */
async function runPod(kubectl: Kubectl, folder: string, command: string[], user = owner): Promise<string> {
  const name = uniqueName('volume-reader')
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { [label]: 'true' } },
    spec: {
      restartPolicy: 'Never',
      securityContext: { runAsUser: user },
      containers: [
        {
          name: 'reader',
          image,
          imagePullPolicy: 'IfNotPresent',
          command,
          volumeMounts: [{ name: 'volume', mountPath }],
        },
      ],
      volumes: [{ name: 'volume', hostPath: { path: folder, type: 'Directory' } }],
    },
  }
  await kubectl.run(['create', '-f', '-'], JSON.stringify(pod))
  const succeeded = '--for=jsonpath={.status.phase}=Succeeded'
  await kubectl.run(['wait', '-n', 'default', `pod/${name}`, succeeded, '--timeout=60s'])
  return kubectl.run(['logs', '-n', 'default', name])
}
