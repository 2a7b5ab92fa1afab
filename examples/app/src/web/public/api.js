/** Requests to the API of this origin. Keeps the session's token in this tab alone. */

const TOKEN = 'session-token'

export class ApiError extends Error {
  constructor(status, message) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

export function isLoggedIn() {
  return sessionStorage.getItem(TOKEN) !== null
}

export function logOut() {
  sessionStorage.removeItem(TOKEN)
}

export async function logIn(username, password) {
  const { token } = await call('POST', '/api/login', { username, password })
  sessionStorage.setItem(TOKEN, token)
}

export function fetchInfo() {
  return call('GET', '/api/info')
}

/** The newest notes, or those older than the note with the id `before`. */
export async function fetchNotes(before) {
  const { notes } = await call('GET', before === undefined ? '/api/notes' : `/api/notes?before=${before}`)
  return notes
}

export function addNote(text) {
  return call('POST', '/api/notes', { text })
}

async function call(method, path, body) {
  const token = sessionStorage.getItem(TOKEN)
  const response = await fetch(path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, 'The server cannot be reached. Try again.')
  })
  const answer = await response.json().catch(() => undefined)
  if (response.ok) return answer
  throw new ApiError(response.status, answer?.error?.message ?? 'The server is not ready. Try again.')
}
