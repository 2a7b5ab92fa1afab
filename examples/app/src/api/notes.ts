/** The notes of an environment: what its users write, kept in PostgreSQL. */
import { HttpError } from '../http/error.ts'
import { json, type Reply, type Request, type Route } from '../http/route.ts'
import type { Database } from './database.ts'
import { type SessionPorts, withSession } from './session.ts'

const PAGE = 100
const MAX_TEXT_LENGTH = 10_000
const MAX_ID = 2 ** 31 - 1

interface Note {
  readonly id: number
  readonly author: string
  readonly text: string
  readonly createdAt: Date
}

type Notes = Pick<Database, 'read' | 'write'>

export function noteRoutes(ports: Pick<SessionPorts, 'config' | 'now'>, database: Notes): Route[] {
  return [
    { method: 'GET', path: '/api/notes', answer: withSession(ports, request => listNotes(database, request)) },
    {
      method: 'POST',
      path: '/api/notes',
      answer: withSession(ports, (request, { sub }) => addNote(database, request, sub)),
    },
  ]
}

/** The newest first, a page at a time: `before` is the smallest id that the client has. */
async function listNotes(database: Notes, { query }: Request): Promise<Reply> {
  const before = Number(query.get('before') ?? MAX_ID)
  if (!Number.isInteger(before) || before < 0 || before > MAX_ID) {
    throw new HttpError(400, 'bad_request', '"before" is not the id of a note.')
  }
  const notes = await database.read<Note>(
    `SELECT id, author, text, created_at AS "createdAt" FROM notes WHERE id < $1 ORDER BY id DESC LIMIT ${PAGE}`,
    [before],
  )
  return json(200, { notes })
}

/** Answers after the commit: a note that has an id is kept. */
async function addNote(database: Notes, request: Request, author: string): Promise<Reply> {
  const { text } = ((await request.json()) ?? {}) as Record<string, unknown>
  if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT_LENGTH || text.includes('\0')) {
    throw new HttpError(400, 'bad_request', `Send "text", 1 to ${MAX_TEXT_LENGTH} characters.`)
  }
  const [note] = await database.write<Note>(
    'INSERT INTO notes (author, text) VALUES ($1, $2) RETURNING id, author, text, created_at AS "createdAt"',
    [author, text],
  )
  return json(201, note)
}
