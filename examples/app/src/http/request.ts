/** Reads what Node's HTTP server received. Trusts nothing in it. */
import type { IncomingMessage } from 'node:http'
import { HttpError } from './error.ts'
import type { Request } from './route.ts'

export const MAX_BODY_BYTES = 64 * 1024

export function parseUrl(url: string): URL {
  try {
    return new URL(`http://host${url}`)
  } catch {
    throw new HttpError(400, 'bad_request', 'The path cannot be read.')
  }
}

export function requestOf(message: IncomingMessage, { searchParams }: URL): Request {
  return {
    query: searchParams,
    headers: message.headers,
    client: clientAddress(message.headers['x-forwarded-for'], message.socket.remoteAddress),
    json: () => readJson(message),
  }
}

/** The last entry is the one that the ingress controller itself wrote; those before it come from the client. */
export function clientAddress(forwardedFor: string | string[] | undefined, peer: string | undefined): string {
  const entries = [forwardedFor ?? []].flat().join(',').split(',')
  return entries.at(-1)?.trim() || peer || 'unknown'
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const type = message.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new HttpError(415, 'unsupported_media_type', 'Send application/json.')
  const text = (await readBody(message)).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'bad_request', 'The body is not JSON.')
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // Destroying the stream would cut off the refusal as well.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) {
      throw new HttpError(413, 'too_large', `The body has more than ${MAX_BODY_BYTES} bytes.`, { connection: 'close' })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
