import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import { givenTransport } from '../../test/make/transport.ts'
import { KubeError } from './errors.ts'
import { createReadiness, requireServer } from './server.ts'

test.each([
  [200, true],
  [403, true],
  [404, true],
  [429, false],
  [500, false],
  [503, false],
])('an API server that answers %i about its readiness counts as ready: %s', async (status, expected) => {
  const asked: unknown[] = []
  const { transport } = await givenTransport((request, response) => {
    asked.push(request.url)
    response.writeHead(status)
    response.end()
  })
  expect(await createReadiness(transport)()).toBe(expected)
  expect(asked).toEqual(['/readyz'])
})

test('one that refuses the page that it has shown before has only just started', async () => {
  const statuses = [200, 403, 401, 200]
  const { transport } = await givenTransport((_, response) => {
    response.writeHead(statuses.shift() ?? 500)
    response.end()
  })
  const isReady = createReadiness(transport)
  expect([await isReady(), await isReady(), await isReady(), await isReady()]).toEqual([true, false, false, true])
})

test('an API server to which there is no connection is not ready', async () => {
  const { api, transport } = await givenTransport((_, response) => response.end())
  await api.stop()
  expect(await createReadiness(transport)()).toBe(false)
})

function answering(answers: (KubeError | number)[]) {
  return {
    async serverVersion() {
      const answer = answers.shift() ?? 32
      if (typeof answer !== 'number') throw answer
      return { major: 1, minor: answer, gitVersion: `v1.${answer}.0`, said: { major: '1', minor: `${answer}` } }
    },
  }
}

test('a server that is away at the start is waited for', async () => {
  const away = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  const clock = makeClock()
  let there = false
  const waiting = requireServer(answering([away, away, away]), clock).then(() => {
    there = true
  })
  await clock.advance(100)
  expect(there).toBe(false)
  await clock.advance(10_000)
  await waiting
})

test('a server that refuses, or is too old, is not', async () => {
  const refusal = new KubeError({ status: 401, reason: 'Unauthorized', message: 'who?' })
  await expect(requireServer(answering([refusal]), makeClock())).rejects.toThrow('who?')
  await expect(requireServer(answering([31]), makeClock())).rejects.toThrow(
    'Kubernetes v1.31.0 is too old: 1.32 or newer is needed',
  )
})
