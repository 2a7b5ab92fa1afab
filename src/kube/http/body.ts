/** Reads the body of an answer. One that breaks off is an ExchangeError, never a shorter body. */
import { type Answer, ExchangeError } from './channel.ts'

const BROKEN_OFF = 'the answer broke off'

export function readText({ body, isComplete }: Answer): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let ended = false
    body.on('data', (piece: Buffer) => pieces.push(piece))
    body.on('end', () => {
      ended = true
      if (isComplete()) resolve(Buffer.concat(pieces).toString('utf8'))
      else reject(new ExchangeError('maybe', BROKEN_OFF))
    })
    body.on('error', error => reject(new ExchangeError('maybe', error)))
    body.on('close', () => {
      if (!ended) reject(new ExchangeError('maybe', BROKEN_OFF))
    })
  })
}

/** In pieces as they come. Leaving the loop ends the answer. */
export async function* readPieces({ body, isComplete }: Answer): AsyncGenerator<string, void, undefined> {
  body.setEncoding('utf8')
  try {
    for await (const piece of body) yield piece as string
  } catch (error) {
    throw new ExchangeError('maybe', error)
  }
  if (!isComplete()) throw new ExchangeError('maybe', BROKEN_OFF)
}

/** Splits into lines, without the empty ones. A last line without an end counts too. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let begun: string[] = []
  for await (const piece of pieces) {
    let from = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      const line = begun.join('') + piece.slice(from, end)
      begun = []
      from = end + 1
      if (line !== '') yield line
    }
    if (from < piece.length) begun.push(piece.slice(from))
  }
  const last = begun.join('')
  if (last !== '') yield last
}
