import { expect, test } from 'vitest'
import type { ServedKind } from './discovery.ts'
import { listAll } from './list.ts'
import type { Transport, TransportResponse } from './transport.ts'

const PODS: ServedKind = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['list'],
  subresources: [],
}

/** Answers one after the other, and says what was asked. */
function given(...answers: [status: number, body: object][]) {
  const asked: string[] = []
  const transport: Transport = {
    async request({ path }): Promise<TransportResponse> {
      asked.push(path)
      const [status, body] = answers.shift() ?? [500, {}]
      return { status, headers: {}, body: JSON.stringify(body) }
    },
    stream: () => Promise.reject(),
    connections: () => 1,
    close: () => undefined,
  }
  return { asked, list: () => listAll(transport, PODS, { kind: PODS, namespace: 'a' }) }
}

function page(names: string[], metadata: object): [number, object] {
  return [200, { metadata, items: names.map(name => ({ metadata: { name } })) }]
}

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } })

test('pages are put together, and the moment is that of the last one', async () => {
  const { asked, list } = given(
    page(['a', 'b'], { continue: 'next', resourceVersion: '7' }),
    page(['c'], { resourceVersion: '7' }),
  )
  expect(await list()).toEqual({ items: [pod('a'), pod('b'), pod('c')], resourceVersion: '7' })
  expect(asked).toEqual(['/api/v1/namespaces/a/pods?limit=500', '/api/v1/namespaces/a/pods?limit=500&continue=next'])
})

test('where a page is not to be had any more, everything is read again at once', async () => {
  const { asked, list } = given(
    page(['a'], { continue: 'next', resourceVersion: '7' }),
    [410, { kind: 'Status', reason: 'Expired' }],
    page(['b', 'c'], { resourceVersion: '9' }),
  )
  expect(await list()).toEqual({ items: [pod('b'), pod('c')], resourceVersion: '9' })
  expect(asked.at(-1)).toBe('/api/v1/namespaces/a/pods')
})

test('nothing there is an empty list, a refusal is an error', async () => {
  expect(await given([200, { metadata: { resourceVersion: '7' }, items: null }]).list()).toEqual({
    items: [],
    resourceVersion: '7',
  })
  await expect(given([403, { kind: 'Status', reason: 'Forbidden', message: 'no' }]).list()).rejects.toThrow(
    'Cannot list Pod objects of namespace a: no',
  )
})
