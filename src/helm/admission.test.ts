import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { admitObjects } from './admission.ts'

test('of several objects that cannot be looked at, the first in order is told, whichever answer is the first to come', async () => {
  const refuseFirst = Promise.withResolvers<undefined>()
  const admission = admitObjects(
    {
      get({ name }) {
        if (name === 'first') return refuseFirst.promise
        queueMicrotask(() => refuseFirst.reject(new Error('no first')))
        return Promise.reject(new Error('no second'))
      },
    },
    RELEASE,
    [makeConfigMap('first'), makeConfigMap('second')],
  )
  await expect(admission).rejects.toThrow('no first')
})
