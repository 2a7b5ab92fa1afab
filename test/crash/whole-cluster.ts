/**
 * Everything there is of every kind, as `listEverything` of the journeys finds it: by a client that is there anyway, where
 * one process of kubectl after the other would be a tenth of all the work.
 */
import type { Discovery, ServedKind } from '../../src/kube/discovery.ts'
import { isKindNotServed } from '../../src/kube/errors.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import { type ListedObject, PASSING } from '../e2e/object-list.ts'
import type { Stage } from './stage.ts'

const LISTS_AT_ONCE = 8

export async function listWholeCluster({ kube, cluster }: Pick<Stage, 'kube' | 'cluster'>): Promise<ListedObject[]> {
  const lists: ListedObject[][] = []
  await mapAtMost(await listedKinds(cluster.discovery), LISTS_AT_ONCE, async kind => {
    lists.push((await kube.list(kind)) as unknown as ListedObject[])
  })
  return lists.flat()
}

async function listedKinds(discovery: Discovery): Promise<ServedKind[]> {
  const kinds: ServedKind[] = []
  for (const version of await discovery.versions()) {
    const { apiVersion, kind } = /^(?<apiVersion>.+)\/(?<kind>[A-Z]\w*)$/.exec(version)?.groups ?? {}
    if (apiVersion === undefined || kind === undefined) continue
    const served = await discovery.find({ apiVersion, kind }).catch(unlessNotServed)
    if (served?.verbs.includes('list') && !isPassing(served)) kinds.push(served)
  }
  return kinds
}

function isPassing({ apiVersion, plural }: ServedKind): boolean {
  const group = apiVersion.includes('/') ? `.${apiVersion.slice(0, apiVersion.indexOf('/'))}` : ''
  return PASSING.includes(`${plural}${group}`)
}

/** Kinds of subresources alone, such as Scale, are named and not served. */
function unlessNotServed(error: unknown): undefined {
  if (!isKindNotServed(error)) throw error
}
