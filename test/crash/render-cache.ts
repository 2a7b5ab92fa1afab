/**
 * Renders once what is the same for all tenants but their names: most renders of an enumeration are of no interest. Where
 * an operator dies while its chart is rendered, and after each of its deaths, its own renderer is asked.
 */
import type { Rendered, Renderer } from '../../src/helm/port.ts'
import type { DesiredRelease } from '../../src/plan/release.ts'

export type RenderCache = Map<string, Promise<string>>

export function cachedRenderer(renderer: Renderer, cache: RenderCache): Renderer {
  return {
    async render(request, signal) {
      const { release } = request
      const { name, uid } = release.tenant
      const key = erased(JSON.stringify(release.values), release.tenant)
      const render = () => {
        const own = renderer.render(request, signal).then(object => erased(JSON.stringify(object), release.tenant))
        cache.set(key, own)
        own.catch(() => cache.get(key) === own && cache.delete(key))
        return own
      }
      // Who made it may have died over it: that is told to nobody else.
      const others = cache.get(key)
      const text = (others && (await others.catch(() => undefined))) ?? (await render())
      return JSON.parse(text.replaceAll('TENANT-NAME', name).replaceAll('TENANT-UID', uid)) as Rendered
    },
  }
}

function erased(text: string, { name, uid }: DesiredRelease['tenant']): string {
  return text.replaceAll(uid, 'TENANT-UID').replaceAll(name, 'TENANT-NAME')
}
