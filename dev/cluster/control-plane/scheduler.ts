/** Arguments of kube-scheduler. */

export interface SchedulerOptions {
  kubeconfig: string
  /** Where it answers /healthz over HTTPS; without it, it listens nowhere. */
  listen?: { address: string; port: number }
}

export function schedulerArgs({ kubeconfig, listen }: SchedulerOptions): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    ...(listen ? [`--bind-address=${listen.address}`, `--secure-port=${listen.port}`] : ['--secure-port=0']),
  ]
}
