/** One JSON object a line on standard output. Callers pass no secret and no body of a request. */

export type Log = (message: string, fields?: Record<string, unknown>) => void

export const log: Log = (message, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`)
}
