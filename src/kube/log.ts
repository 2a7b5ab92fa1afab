/** Asks for the end of a container's log. */
import type { ObjectRef } from '../plan/object.ts'
import { errorOf } from './answer.ts'
import type { Transport } from './transport.ts'

export interface LogOptions {
  readonly container: string
  /** Lines, from the end. */
  readonly lines: number
  /** Of these lines, from the beginning. */
  readonly bytes: number
}

/** @throws KubeError, also where the container has not started, or its node cannot be reached */
export async function readLog(
  transport: Transport,
  { namespace = '', name }: Pick<ObjectRef, 'namespace' | 'name'>,
  { container, lines, bytes }: LogOptions,
  user?: string,
): Promise<string> {
  const what = `read the log of Pod ${namespace}/${name}`
  const query = `container=${encodeURIComponent(container)}&tailLines=${lines}&limitBytes=${bytes}`
  const response = await transport.request({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log?${query}`,
    headers: user === undefined ? {} : { 'impersonate-user': user },
    verb: 'get',
    resource: 'pods/log',
    what,
  })
  if (response.status !== 200) throw errorOf({ what, kind: 'Pod' }, response)
  return response.body
}
