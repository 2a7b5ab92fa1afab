/** The words are those of Kubernetes 1.36 with containerd, as a real node says them. */
import { expect, test } from 'vitest'
import { schedulingProblem, startProblem, waitingProblem } from './kubelet-words.ts'

const NO_PROGRAM =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown'

test('a program that is not there is told in one way, whether the container waits or has ended', () => {
  const told = { reason: 'StartError', message: 'cannot be started: exec: "nope": executable file not found in $PATH' }
  expect([waitingProblem({ reason: 'RunContainerError', message: NO_PROGRAM }), startProblem(NO_PROGRAM)]).toEqual([
    told,
    told,
  ])
})

test('an image that would run as root is no Secret that is missing, and the uid of the pod is left out', () => {
  const said = [
    'container has runAsNonRoot and image will run as root (pod: "press-7f-a_tenant-acme(6c9b)", container: press)',
    'container\'s runAsUser breaks non-root policy (pod: "press-7f-a_tenant-acme(6c9b)", container: press)',
  ]
  expect(said.map(message => waitingProblem({ reason: 'CreateContainerConfigError', message }))).toEqual([
    { reason: 'RunsAsRoot', message: 'container has runAsNonRoot and image will run as root' },
    { reason: 'RunsAsRoot', message: "container's runAsUser breaks non-root policy" },
  ])
  const message = "couldn't find key smtp in Secret tenant-acme/mail"
  expect(waitingProblem({ reason: 'CreateContainerConfigError', message })?.reason).toBe('CreateContainerConfigError')
})

test('what the scheduler has tried in vain is left out of why no node takes a pod', () => {
  const tried = 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  const why = '0/1 nodes are available: 1 Insufficient cpu.'
  const told = { reason: 'Unschedulable', message: why }
  expect([
    schedulingProblem('Unschedulable', `${why} no new claims to deallocate, ${tried}`),
    schedulingProblem('Unschedulable', `${why} ${tried}`),
    schedulingProblem('Unschedulable', why),
  ]).toEqual([told, told, told])
})

test('a claim that is not there is no lack of capacity', () => {
  const message = '0/1 nodes are available: persistentvolumeclaim "issues" not found. not found'
  expect(schedulingProblem('Unschedulable', message)).toEqual({
    reason: 'FailedMount',
    message: 'persistentvolumeclaim "issues" not found',
  })
})
