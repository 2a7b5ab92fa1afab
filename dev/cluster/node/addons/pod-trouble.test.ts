import { expect, test } from 'vitest'
import { podTroubles } from './pod-trouble.ts'

const pods = (...items: unknown[]) => JSON.stringify({ items })
const running = { name: 'ok', ready: true, state: { running: {} } }

test('a container that waits says why', () => {
  const waiting = { reason: 'ImagePullBackOff', message: 'no such host' }
  const pod = {
    metadata: { name: 'p' },
    status: { containerStatuses: [running, { name: 'c', ready: false, state: { waiting } }] },
  }
  expect(podTroubles(pods(pod))).toEqual(['p: c: ImagePullBackOff: no such host'])
})

test('a container that runs but is not ready, and one that ended, are named; a completed one is not', () => {
  const statuses = [
    { name: 'slow', ready: false, state: { running: {} } },
    { name: 'broken', ready: false, state: { terminated: { reason: 'Error' } } },
  ]
  const init = [{ name: 'setup', ready: false, state: { terminated: { reason: 'Completed' } } }]
  const pod = { metadata: { name: 'p' }, status: { containerStatuses: statuses, initContainerStatuses: init } }
  expect(podTroubles(pods(pod))).toEqual(['p: slow: not ready', 'p: broken: Error'])
})

test('a pod without a node says what the scheduler says, and no pod at all is said too', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', message: 'Insufficient cpu' }]
  expect(podTroubles(pods({ metadata: { name: 'p' }, status: { conditions } }))).toEqual(['p: Insufficient cpu'])
  expect(podTroubles(pods())).toEqual(['no pod was made'])
})
