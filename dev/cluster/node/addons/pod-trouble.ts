/** Says in one line per container why it does not run, from what kubectl prints about pods. Pure. */

interface PodList {
  items: {
    metadata: { name: string }
    status?: {
      conditions?: { type: string; status: string; message?: string }[]
      containerStatuses?: ContainerStatus[]
      initContainerStatuses?: ContainerStatus[]
    }
  }[]
}

interface ContainerStatus {
  name: string
  ready: boolean
  state?: { waiting?: State; terminated?: State }
}

interface State {
  reason?: string
  message?: string
}

/** `json` as of `kubectl get pods -o json`. */
export function podTroubles(json: string): string[] {
  const { items } = JSON.parse(json) as PodList
  if (items.length === 0) return ['no pod was made']
  return items.flatMap(({ metadata, status }) => {
    const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    const waiting = containers.flatMap(({ name, state, ready }) => {
      const { reason = 'not ready', message } = state?.waiting ?? state?.terminated ?? {}
      if (ready || reason === 'Completed') return []
      return [[name, reason, message].filter(Boolean).join(': ')]
    })
    const unscheduled = (status?.conditions ?? [])
      .filter(({ type, status }) => type === 'PodScheduled' && status === 'False')
      .map(({ message }) => message ?? 'not scheduled')
    return [...unscheduled, ...waiting].map(line => `${metadata.name}: ${line}`)
  })
}
