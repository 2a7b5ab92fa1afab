import { expect, test } from 'vitest'
import type { ServedKind } from './discovery.ts'
import type { Transport } from './transport.ts'
import { openWatch } from './watch.ts'

const PODS: ServedKind = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['watch'],
  subresources: [],
}

async function typesOf(status: number, ...pieces: string[]): Promise<string[]> {
  const transport: Transport = {
    request: () => Promise.reject(),
    async stream() {
      const body = (async function* () {
        yield* pieces
      })()
      return { status, headers: { 'retry-after': '7' }, body }
    },
    connections: () => 1,
    close: () => undefined,
  }
  const request = { kind: PODS, since: '1', seconds: 10, signal: new AbortController().signal }
  const types: string[] = []
  for await (const { type } of await openWatch(transport, PODS, request)) types.push(type)
  return types
}

test('events come in their order, however the lines are cut', async () => {
  const text = ['ADDED', 'BOOKMARK', 'DELETED'].map(type => `${JSON.stringify({ type, object: {} })}\n`).join('')
  expect(await typesOf(200, text.slice(0, 10), text.slice(10, 45), text.slice(45))).toEqual([
    'ADDED',
    'BOOKMARK',
    'DELETED',
  ])
})

test('a refusal is an error and never read as an event', async () => {
  const status = { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'busy' }
  await expect(typesOf(429, JSON.stringify(status))).rejects.toMatchObject({
    status: 429,
    reason: 'TooManyRequests',
    message: 'Cannot watch Pod objects: busy',
    retryAfterMs: 7000,
  })
})

test('an error among the events ends the watch with its reason', async () => {
  const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
  await expect(typesOf(200, JSON.stringify({ type: 'ERROR', object }))).rejects.toMatchObject({
    status: 410,
    reason: 'Expired',
  })
})

test('a line that is not JSON is an error that does not quote it', async () => {
  await expect(typesOf(200, 's3cret\n')).rejects.toThrow(/^Cannot watch Pod objects: an event is not JSON$/)
})
