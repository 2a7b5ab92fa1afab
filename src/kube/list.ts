/** Lists a kind page by page, so that neither side holds one huge answer. */
import type { KubeObject } from '../plan/object.ts'
import { parseAnswer, withKind } from './answer.ts'
import type { KindRef, ListOptions } from './client.ts'
import type { ServedKind } from './discovery.ts'
import { endpointOf } from './endpoint.ts'
import { isExpired } from './errors.ts'
import type { Transport } from './transport.ts'

export interface ListRequest extends ListOptions {
  readonly kind: KindRef
  readonly user?: string
  readonly signal?: AbortSignal
  /** What to keep of each object, page by page. */
  readonly trim?: (object: KubeObject) => KubeObject
}

export interface Listing {
  readonly items: KubeObject[]
  /** From which a watch goes on without a gap. */
  readonly resourceVersion: string
}

interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubeObject[] | null
}

const PAGE_SIZE = 500

/** All pages are of one moment; where that has become too old in between, everything is read again in one answer. */
export async function listAll(transport: Transport, served: ServedKind, request: ListRequest): Promise<Listing> {
  try {
    return await listPages(transport, served, request, PAGE_SIZE)
  } catch (error) {
    if (!isExpired(error)) throw error
    return await listPages(transport, served, request, undefined)
  }
}

async function listPages(
  transport: Transport,
  served: ServedKind,
  { user, signal, trim = object => object, ...options }: ListRequest,
  limit: number | undefined,
): Promise<Listing> {
  const items: KubeObject[] = []
  let from: string | undefined
  for (;;) {
    const page = { ...(limit === undefined ? {} : { limit }), ...(from === undefined ? {} : { from }) }
    const endpoint = endpointOf(served, { verb: 'list', ...options, ...page }, user)
    const response = await transport.request(signal === undefined ? endpoint : { ...endpoint, signal })
    const answer = parseAnswer<Page>({ what: endpoint.what, kind: served.kind }, response)
    for (const item of answer.items ?? []) items.push(trim(withKind(served, item)))
    from = answer.metadata?.continue || undefined
    if (from === undefined) return { items, resourceVersion: answer.metadata?.resourceVersion ?? '' }
  }
}
