/** What Proxmox VE refuses, with the code and the text it refuses it with. */

export class ApiError extends Error {
  readonly status: number
  readonly errors: Readonly<Record<string, string>> | undefined

  /** `message` is the whole text, its line end included where Proxmox VE sends one. */
  constructor(status: number, message: string, errors?: Readonly<Record<string, string>>) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

/** An error of the HTTP server itself, which has no body, or a text. */
export class Bare extends ApiError {
  readonly text: string | undefined

  constructor(status: number, reason: string, text?: string) {
    super(status, reason)
    this.text = text
  }
}

/** Says the same in the status line and in the body. */
export const plain = (status: number, text: string) => new Bare(status, text, text)

/** A plain `die`: whatever is no fault of a parameter or a right is a 500. */
export const failure = (text: string) => new ApiError(500, `${text}\n`)

export const invalid = (errors: Readonly<Record<string, string>>) =>
  new ApiError(400, 'Parameter verification failed.\n', errors)

export const forbidden = (what?: string) =>
  new ApiError(403, what === undefined ? 'Permission check failed\n' : `Permission check failed (${what})\n`)

/** The text of an error where Proxmox VE catches it and puts it into another message: with its code, fields in lines. */
export function textOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? `${error.message}\n` : String(error)
  const code = error.status === 500 ? '' : `${error.status} `
  const fields = Object.entries(error.errors ?? {}).map(([name, text]) => `${name}: ${text}\n`)
  return [code, error.message, ...fields].join('')
}

/** What goes wrong inside of a lock comes out as a 500, whatever it was. */
export function within<T>(prefix: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(500, `${prefix}: ${textOf(error)}`)
  }
}
