/** A refusal that the client may read. Everything else that is thrown becomes a plain 500. */
import { json, type Reply } from './route.ts'

export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export function replyToError(error: unknown): Reply {
  if (error instanceof HttpError) {
    return json(error.status, { error: { code: error.code, message: error.message } }, error.headers)
  }
  return json(500, { error: { code: 'internal', message: 'Something went wrong here. It has been logged.' } })
}
