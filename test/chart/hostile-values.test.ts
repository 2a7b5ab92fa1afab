/** What means ill and reaches the chart stays text there: neither template nor YAML. The real helm renders it, from the input that the operator gives it. */
import { execa } from 'execa'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { renderInput } from '../../src/helm/argv.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { desiredRelease } from '../../src/plan/release.ts'
import { HOSTILE_TEXTS } from '../make/hostile-manifest.ts'
import { makeInputs, makeSpec } from '../make/tenant.ts'
import { find, parseObjects } from './rendering.ts'

const CHART = new URL('../../charts/tenant', import.meta.url).pathname
const helm = await binary('helm')
const PLAIN = 'plain text'
const AT_ONCE = 4

/** The schema lets only one line pass; the chart has to stand the others too. Text from the API server is well formed. */
const texts = [
  ...HOSTILE_TEXTS.filter(text => text !== '' && text.isWellFormed()),
  ...fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), { numRuns: 40, seed: 4 }),
]

async function render(text: string): Promise<KubeObject[]> {
  const spec = makeSpec({ companyName: text, owner: { name: text, email: 'ada@acme.example' } })
  const args = ['template', 'tenant-acme', CHART, '--namespace', 'tenant-acme', '--values=-']
  const { stdout } = await execa(helm, args, { input: renderInput(desiredRelease(makeInputs({ spec }))) })
  return parseObjects(stdout)
}

/** The digest of the configuration differs with it, and has to. */
function withoutDigest(objects: readonly KubeObject[]): unknown {
  return JSON.parse(JSON.stringify(objects).replaceAll(/"checksum\/config":"[0-9a-f]{64}"/g, '"checksum/config":""'))
}

function replaced(value: unknown, text: string): unknown {
  if (value === PLAIN) return text
  if (Array.isArray(value)) return value.map(item => replaced(item, text))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, text)]))
}

test('a hundred hostile texts are rendered as the very text, and change nothing else', {
  timeout: 240_000,
}, async () => {
  expect(texts.length).toBeGreaterThan(100)
  const plain = await render(PLAIN)
  const waiting = [...texts]
  const worker = async () => {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      const objects = await render(text)
      expect(find(objects, 'ConfigMap', 'api').data).toMatchObject({ COMPANY_NAME: text })
      expect(withoutDigest(objects)).toEqual(replaced(withoutDigest(plain), text))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
})
