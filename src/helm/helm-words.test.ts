import { expect, test } from 'vitest'
import { makeDesiredRelease } from '../../test/make/release.ts'
import { refusedRender } from './helm-words.ts'

test('what a schema refuses reads the same, in whatever order helm tells it', () => {
  const head = "Error: values don't meet the specifications of the schema(s) in the following chart(s):"
  const name = "- at '/name': 'anyOf' failed\n  - at '/name': got string, want null\n  - at '/name': too long"
  const size = "- at '/size': maximum: got 7, want 3"
  const said = (...faults: string[]) =>
    refusedRender(makeDesiredRelease(), [head, 'shop:', ...faults, ''].join('\n'), { redact: text => text }).message
  expect(said(size, name)).toBe(said(name, size))
  expect(said(size, name)).toContain(
    "shop: - at '/name': 'anyOf' failed - at '/name': got string, want null - at '/name': too long - at '/size': maximum",
  )
})
