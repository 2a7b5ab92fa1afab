import { expect, test } from 'vitest'
import { makeDesiredRelease, makeReleaseObject } from '../../test/make/release.ts'
import { countedRenderer } from './world-connection.ts'

const request = { release: makeDesiredRelease() }

test('renders are counted by what came of them', async () => {
  const counted: string[] = []
  const answers = [async () => ({ release: makeReleaseObject() }), () => Promise.reject(new Error('no'))]
  for (const render of answers) {
    await countedRenderer({ render }, result => counted.push(result))
      .render(request)
      .catch(() => undefined)
  }
  expect(counted).toEqual(['ok', 'failed'])
})

test('a render that nobody waits for any more is ended, and counts as neither', async () => {
  const counted: string[] = []
  const ending = new AbortController()
  const { render } = countedRenderer(
    {
      render: (_, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    },
    result => counted.push(result),
  )
  const rendering = render(request, ending.signal)
  ending.abort(new Error('an edit'))
  await expect(rendering).rejects.toThrow('an edit')
  expect(counted).toEqual([])
})
