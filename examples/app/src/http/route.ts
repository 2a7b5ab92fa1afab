/** What a route is: a method, an exact path, and a function from request to reply. Knows no socket. */

export interface Request {
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Address of the client, as the nearest proxy saw it. */
  readonly client: string
  /** The body as JSON. Rejects with an HttpError where it is none, or too large. */
  json(): Promise<unknown>
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export type Answer = (request: Request) => Reply | Promise<Reply>

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly answer: Answer
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(value),
  }
}
