/** What scheduler, kubelet and runtime say of a container, without what tells a person nothing, under one reason each. Pure. */
import type { PodProblem } from './observation.ts'

type Told = Pick<PodProblem, 'reason' | 'message'>

/** Why a container waits; undefined where it is only on its way. */
export function waitingProblem({ reason, message }: { reason?: string; message?: string }): Told | undefined {
  if (reason === undefined || STARTING.has(reason)) return undefined
  if (PULLING.has(reason)) return pullProblem(message)
  if (reason === 'RunContainerError') return startProblem(message)
  if (reason === 'CreateContainerConfigError' && NON_ROOT.test(message ?? '')) return rootProblem(message)
  return { reason, message: message ?? reason }
}

/** Reasons a healthy pod passes through while it starts. What holds it up there is in events alone. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing'])

const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff'])

/** The kubelet tries and waits in turn, and containerd names the image twice. */
function pullProblem(message = ''): Told {
  const why = message.replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')
  const said = why.replace(
    /^failed to pull and unpack image ("[^"]*"): (?:failed to resolve reference \1: )?/,
    'cannot pull $1: ',
  )
  return { reason: 'ImagePullBackOff', message: said || 'the image cannot be pulled' }
}

/** The same whether it waits for the next try, or is seen as ended; each layer of the runtime adds its own words. */
export function startProblem(message = ''): Told {
  const said = message
    .replace(/^(?:(?:failed to create|OCI runtime|runc|unable to start)[^:]*: )+/, '')
    .replace(/: unknown$/, '')
  return { reason: 'StartError', message: `cannot be started${said ? `: ${said}` : ''}` }
}

const NON_ROOT = /\brunAsNonRoot\b|\bnon-root\b/

/** It goes on with the name and uid of the pod. */
function rootProblem(message = ''): Told {
  return { reason: 'RunsAsRoot', message: message.replace(/ \(pod: "[^"]*", container: [^)]*\)$/, '') }
}

/** Why no node takes a pod. That no other pod can make room goes without saying. */
export function schedulingProblem(reason = 'Unschedulable', message = ''): Told {
  const missing = /persistentvolumeclaim "[^"]*" not found/.exec(message)?.[0]
  if (missing !== undefined) return { reason: 'FailedMount', message: missing }
  return { reason, message: message.replace(/ (?:no new claims to deallocate, )?preemption: .*$/, '') }
}
