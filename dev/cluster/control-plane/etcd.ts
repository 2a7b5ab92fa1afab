/** Arguments of etcd with a single member that may lose data when the machine, not the process, dies. */

export interface EtcdOptions {
  dataDir: string
  /** `http://127.0.0.1:2379`, or `unix://<file name>:0`, a socket in the working directory of etcd and of its clients. */
  clientUrl: string
  peerUrl: string
}

export function etcdArgs({ dataDir, clientUrl, peerUrl }: EtcdOptions): string[] {
  return [
    '--name=tenantry',
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=tenantry=${peerUrl}`,
    '--unsafe-no-fsync=true',
    '--log-level=warn',
  ]
}
