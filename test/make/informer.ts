/** An informer before a server that the test plays; it ends with the test. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, vi } from 'vitest'
import type { Discovery } from '../../src/kube/discovery.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { createInformer, type InformerOptions } from '../../src/kube/informer.ts'
import type { Transport, TransportRequest } from '../../src/kube/transport.ts'
import type { KubeObject } from '../../src/plan/object.ts'

export const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }

export function makeConfigMap(name: string, resourceVersion: string, data?: object): KubeObject {
  const metadata = { name, namespace: 'acme', uid: `uid-${name}`, resourceVersion }
  return { ...CONFIG_MAP, metadata, ...(data === undefined ? {} : { data }) }
}

/** An API server with one kind. What it lists is `objects` at `version`; a watch is fed, ended and broken by the test. */
export function givenInformer(options: Partial<InformerOptions> = {}) {
  const server = {
    objects: [] as KubeObject[],
    version: '10',
    failure: undefined as KubeError | undefined,
    served: true,
  }
  const log: string[] = []
  const errors: unknown[] = []
  let watch: { feed(text: string): void; fail(error: Error): void; end(): void } | undefined

  const discovery: Discovery = {
    async find() {
      if (!server.served) throw new KubeError({ status: 404, reason: 'KindNotServed', message: 'not served' })
      return { ...CONFIG_MAP, plural: 'configmaps', namespaced: true, verbs: [], subresources: [] }
    },
    versions: async () => [],
    forget: () => undefined,
  }
  const transport: Transport = {
    async request() {
      if (server.failure) throw server.failure
      log.push('list')
      const items = server.objects.map(({ apiVersion: _, kind: __, ...item }) => item)
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ metadata: { resourceVersion: server.version }, items }),
      }
    },
    async stream({ path, signal }: TransportRequest) {
      if (server.failure) throw server.failure
      log.push(`watch ${new URL(path, 'https://a').searchParams.get('resourceVersion')}`)
      const { body, ...controls } = makePieces()
      watch = controls
      signal?.addEventListener('abort', () => controls.fail(closedBy(signal)))
      return { status: 200, headers: {}, body }
    },
    connections: () => 1,
    close: () => undefined,
  }
  const informer = createInformer({
    transport,
    discovery,
    kind: CONFIG_MAP,
    retry: { minMs: 1, maxMs: 2 },
    onError: error => errors.push(error),
    ...options,
  })
  endings.push(() => informer.stop())
  informer.onChange(({ type, object, previous }) => {
    const { name, resourceVersion } = object.metadata
    log.push(`${type} ${name} ${previous ? `${previous.metadata.resourceVersion}→` : ''}${resourceVersion}`)
  })
  const until = async (line: string, times = 1) => {
    while (log.filter(other => other === line).length < times) await sleep(1)
  }
  return {
    server,
    informer,
    log,
    errors,
    until,
    tell: (type: string, object: object) => watch?.feed(`${JSON.stringify({ type, object })}\n`),
    breakWatch: () => watch?.fail(new KubeError({ status: 0, reason: 'Unreachable', message: 'lost' })),
    endWatch: () => watch?.end(),
  }
}

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const end of endings.splice(0)) await end()
})

function closedBy(signal: AbortSignal): KubeError {
  if (signal.reason instanceof KubeError) return signal.reason
  return new KubeError({ status: 0, reason: 'Closed', message: 'closed' })
}

function makePieces() {
  const waiting: string[] = []
  let outcome: Error | 'end' | undefined
  let wake = () => {}
  const change = (work: () => void) => {
    work()
    wake()
  }
  const body = (async function* () {
    for (;;) {
      for (const piece of waiting.splice(0)) yield piece
      if (outcome === 'end') return
      if (outcome !== undefined) throw outcome
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  })()
  return {
    body,
    feed: (text: string) => change(() => waiting.push(text)),
    fail: (error: Error) =>
      change(() => {
        outcome ??= error
      }),
    end: () =>
      change(() => {
        outcome ??= 'end'
      }),
  }
}
