import { expect, test } from 'vitest'
import type { Rendered, Renderer, RenderRequest } from '../../src/helm/port.ts'
import { cachedRenderer, type RenderCache } from './render-cache.ts'

/** Every render counts, and waits for `gate`. */
function rendererOf(gate: Promise<unknown> = Promise.resolve()) {
  const rendered: string[] = []
  const renderer: Renderer = {
    async render({ release }) {
      rendered.push(release.name)
      await gate
      return { release: { name: release.name } } as unknown as Rendered
    },
  }
  return { renderer, rendered }
}

function requestOf(name: string): RenderRequest {
  return { release: { name: `tenant-${name}`, tenant: { name, uid: `${name}-uid` }, values: {} } } as RenderRequest
}

test('what is rendered for one tenant is rendered for all, each by its own name', async () => {
  const cache: RenderCache = new Map()
  const { renderer, rendered } = rendererOf()
  const cached = cachedRenderer(renderer, cache)
  const both = await Promise.all(['acme', 'initech'].map(name => cached.render(requestOf(name))))
  expect(both.map(({ release }) => release.name)).toEqual(['tenant-acme', 'tenant-initech'])
  expect(rendered).toEqual(['tenant-acme'])
})

test('a render that its operator died over fails for nobody else', async () => {
  const cache: RenderCache = new Map()
  const death = Promise.withResolvers<never>()
  const dying = cachedRenderer(rendererOf(death.promise).renderer, cache).render(requestOf('acme'))
  const other = cachedRenderer(rendererOf().renderer, cache).render(requestOf('initech'))
  death.reject(new Error('Cannot render tenant-acme: broken off'))
  await expect(dying).rejects.toThrow('tenant-acme')
  expect((await other).release.name).toBe('tenant-initech')
})
