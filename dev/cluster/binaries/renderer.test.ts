import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { versions } from '../../versions.ts'
import { minimumGo } from './go-mod.ts'

test('the renderer is built against the Helm that the helm binary is, by the Go that everything else is', async () => {
  const goMod = await readFile('renderer/go.mod', 'utf8')
  expect(/^\s*helm\.sh\/helm\/v4 (\S+)$/m.exec(goMod)?.[1]).toBe(versions.helm)
  expect(/^go (\S+)$/m.exec(goMod)?.[1]).toBe(minimumGo)
})
