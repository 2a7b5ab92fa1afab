/** The operator's own renderer, with the real helm and a real API server: hostile values come out as the text that went in. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { HOSTILE_TEXTS } from '../make/hostile-manifest.ts'
import { type HelmEnvironment, startHelmEnvironment } from './helm-environment.ts'

const AT_ONCE = 4
const texts = HOSTILE_TEXTS.filter(text => text.isWellFormed())

let environment: HelmEnvironment
let release: ReleaseIdentity
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-hostile-values')
  release = await environment.createTenant('acme')
})
afterAll(() => environment?.stop())

async function objectsWith(values: Record<string, unknown>): Promise<KubeObject[]> {
  const {
    release: { manifest },
  } = await environment.ports.renderer.render({
    release: await environment.desired(release, values),
  })
  return parseAllDocuments(manifest).map(document => document.toJS() as KubeObject)
}

/** Kinds and names, and the text where it has to be. */
function shapeOf(objects: readonly KubeObject[]): unknown {
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
  const settings = objects.find(({ metadata }) => metadata.name === 'settings')
  return { names: names.sort(), data: settings?.data }
}

test('each text is rendered as itself, and nothing else with it', { timeout: 240_000 }, async () => {
  const { names } = shapeOf(await objectsWith({ greeting: 'plain' })) as { names: string[] }
  const waiting = [...texts]
  const worker = async () => {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      expect(shapeOf(await objectsWith({ greeting: text }))).toEqual({ names, data: { greeting: text } })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  expect(texts.length).toBeGreaterThan(90)
})

test('keys that mean something to a language are keys', async () => {
  const values = JSON.parse(
    '{"greeting":"plain","__proto__":{"greeting":"no"},"constructor":{"prototype":{"extra":"no"}}}',
  )
  expect(shapeOf(await objectsWith(values))).toEqual(shapeOf(await objectsWith({ greeting: 'plain' })))
})
