/**
 * The death of one instance of the operator, between two of its calls to the world outside. What it had called is on its
 * way or done; whatever it calls afterwards is never heard of, and nothing is ever answered to it again.
 *
 *   call 0      call 1      call 2 …          a call: a write to the API server or to Proxmox VE, the start or the end of a helm
 *   ▲     ▲     ▲     ▲     ▲     ▲
 *   before after before after …               a kill point; reads change nothing, so that dying at one is dying before it
 */
import type { Renderer } from '../../src/helm/port.ts'
import type { Transport } from '../../src/kube/transport.ts'
import type { Proxmox } from '../../src/proxmox/client.ts'
import { endpointOf } from '../../src/proxmox/endpoint.ts'

export const MOMENTS = ['before', 'after'] as const

export interface KillPoint {
  /** Counted from 0. */
  readonly call: number
  readonly moment: (typeof MOMENTS)[number]
}

export interface Mortality {
  /** Resolves with the call at which it died, such as `after create Namespace tenant-acme`; or never. */
  readonly died: Promise<string>
  /** Every call so far. */
  readonly calls: readonly string[]
  /** What was called in Proxmox VE so far, reads too, by its route: `POST /nodes/{node}/lxc`. */
  readonly routes: readonly string[]
  transport(transport: Transport): Transport
  proxmox(proxmox: Proxmox): Proxmox
  /** `quick` is asked where nothing depends on it. */
  renderer(renderer: Renderer, quick: Renderer): Renderer
}

/** Without a kill point it lives on, and only counts. */
export function createMortality(point?: KillPoint): Mortality {
  const calls: string[] = []
  const routes: string[] = []
  const death = Promise.withResolvers<string>()
  const silence = new Promise<never>(() => {})
  let dead = false

  const passes = (name: string, number: number, moment: KillPoint['moment']): boolean => {
    if (point !== undefined && point.call === number && point.moment === moment) {
      dead = true
      death.resolve(`${moment} ${name}`)
    }
    return !dead
  }
  /** What answers late answers nobody. */
  const heard = async <T>(work: Promise<T>): Promise<T> => {
    const [settled] = await Promise.allSettled([work])
    if (dead) return silence
    if (settled.status === 'rejected') throw settled.reason
    return settled.value
  }
  const call = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (dead) return silence
    const number = calls.push(name) - 1
    if (!passes(name, number, 'before')) return silence
    const [settled] = await Promise.allSettled([work()])
    if (!passes(name, number, 'after')) return silence
    if (settled.status === 'rejected') throw settled.reason
    return settled.value
  }
  return {
    died: death.promise,
    calls,
    routes,
    transport: transport => ({
      ...transport,
      request: request => {
        const work = () => transport.request(request)
        if (request.method !== 'GET') return call(request.what, work)
        return dead ? silence : heard(work())
      },
      stream: request => (dead ? silence : heard(transport.stream(request))),
    }),
    proxmox: proxmox => ({
      ...proxmox,
      call(route, params) {
        const work = () => {
          routes.push(`${route.method} ${route.path}`)
          return proxmox.call(route, params)
        }
        if (route.method !== 'GET') return call(endpointOf(route, params).what, work)
        return dead ? silence : heard(work())
      },
    }),
    renderer: (renderer, quick) => ({
      async render(request, signal) {
        let rendering: ReturnType<Renderer['render']> | undefined
        const isNear = point === undefined || Math.abs(point.call - calls.length) <= 1
        await call(`start helm for ${request.release.name}`, async () => {
          rendering = (isNear ? renderer : quick).render(request, signal)
          // Whoever is dead hears of no failure.
          rendering.catch(() => undefined)
        })
        return call(`hear helm's end for ${request.release.name}`, () => rendering as NonNullable<typeof rendering>)
      },
    }),
  }
}
