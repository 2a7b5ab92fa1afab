/** Fetches one published file and keeps it only if its SHA-256 is the published one. */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseChecksum } from '../checksum.ts'

const answerWithinMs = 4_000
const stalledAfterMs = 20_000

/** What this process has learned of the internet, so that a machine without it is asked once and not for each program. */
export interface Reachability {
  /** Hosts that did not answer, with the reason. */
  silent: Map<string, string>
  someHostAnswered: boolean
}

const reachability: Reachability = { silent: new Map(), someHostAnswered: false }

/** Answers the published sum of a file, or why it cannot be had. Takes seconds at most. */
export async function fetchChecksum(
  url: string,
  checksumUrl: string,
  known: Reachability = reachability,
): Promise<{ sum: string } | { refusal: string }> {
  const { host } = new URL(checksumUrl)
  const silence = known.silent.get(host) ?? (known.someHostAnswered ? undefined : [...known.silent.values()][0])
  if (silence !== undefined) return { refusal: silence }
  try {
    const response = await fetch(checksumUrl, { signal: AbortSignal.timeout(answerWithinMs) })
    known.someHostAnswered = true
    if (!response.ok) return { refusal: `${checksumUrl} answered ${response.status}` }
    const sum = parseChecksum(await response.text(), basename(url))
    return sum === undefined ? { refusal: `${checksumUrl} does not name ${basename(url)}` } : { sum }
  } catch (error) {
    const refusal = `${host} cannot be reached (${reason(error)})`
    known.silent.set(host, refusal)
    return { refusal }
  }
}

/**
 * Saves what a URL serves, or returns why it did not come. Gives up when no byte came for a while, not when the file is
 * large. Throws where what came has another checksum.
 */
export async function saveVerified(url: string, sum: string, file: string): Promise<string | undefined> {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(new Error('no data any more')), stalledAfterMs)
  try {
    const response = await fetch(url, { signal: stalled.signal })
    if (!response.ok || response.body === null) return `${url} answered ${response.status}`
    await pipeline(Readable.fromWeb(response.body), resetting(timer), createWriteStream(file))
  } catch (error) {
    return `${url} broke off (${reason(error)})`
  } finally {
    clearTimeout(timer)
  }
  const actual = await sha256Of(file)
  if (actual !== sum) throw new Error(`${url}: its SHA-256 is ${actual}, but ${sum} is published`)
  return undefined
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function resetting(timer: NodeJS.Timeout) {
  return async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      timer.refresh()
      yield chunk
    }
  }
}

/** fetch hides the reason in the cause. */
function reason(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}
