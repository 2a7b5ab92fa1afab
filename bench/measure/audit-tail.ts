/** Follows an audit log: each byte of it is read once, in pieces, and of each line only what the figures need is kept. */
import { open, stat } from 'node:fs/promises'
import { type Request, requestsOf } from './audit.ts'

const PIECE_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

/** Answers what `user` has asked for since this call, as far as complete lines tell, each time it is asked. */
export async function followAudit(file: string, user: string): Promise<() => Promise<readonly Request[]>> {
  let { size: position } = await stat(file)
  let rest: Buffer = Buffer.alloc(0)
  const found: Request[] = []
  const take = (piece: Buffer) => {
    const end = piece.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const lines = Buffer.concat([rest, piece.subarray(0, end)]).toString()
      for (const request of requestsOf(lines, user)) found.push(request)
      rest = Buffer.alloc(0)
    }
    rest = Buffer.concat([rest, piece.subarray(end)])
  }
  return async () => {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      if (size < position)
        throw new Error(`Cannot count requests: ${file} has been rotated, so that a part of it is lost`)
      while (position < size) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(PIECE_BYTES, size - position)), {
          position,
        })
        if (bytesRead === 0) break
        position += bytesRead
        take(buffer.subarray(0, bytesRead))
      }
      return found
    } finally {
      await handle.close()
    }
  }
}
