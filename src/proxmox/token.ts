/** The API token that the operator works with. Its secret goes into one header, and nowhere else. */

export interface Token {
  /** user@realm!name */
  readonly id: string
  readonly secret: string
}

export interface TokenSource {
  current(): Promise<Token>
  /** Asked when a token was refused: another one, where there is one by now. */
  replacementOf(refused: Token): Promise<Token | undefined>
}

/** Keys of the Secret. */
export const TOKEN_ID_KEY = 'tokenId'
export const TOKEN_SECRET_KEY = 'tokenSecret'

const TOKEN_ID = /^[^\s@!:/]+@[A-Za-z][A-Za-z0-9._-]+![A-Za-z][A-Za-z0-9._-]+$/
const TOKEN_SECRET = /^[\x21-\x7e]{8,256}$/

/** `wrong` names the key at fault and never its value. A line break at the end, as files have it, is no fault. */
export function parseToken(
  data: Readonly<Record<string, string | undefined>>,
): { readonly token: Token; readonly wrong?: never } | { readonly token?: never; readonly wrong: string } {
  const id = data[TOKEN_ID_KEY]?.trim()
  const secret = data[TOKEN_SECRET_KEY]?.trim()
  if (id === undefined || secret === undefined) {
    return { wrong: `the key ${id === undefined ? TOKEN_ID_KEY : TOKEN_SECRET_KEY} is missing` }
  }
  if (!TOKEN_ID.test(id)) return { wrong: `${TOKEN_ID_KEY} must be of the form user@realm!name` }
  if (!TOKEN_SECRET.test(secret)) return { wrong: `${TOKEN_SECRET_KEY} must be the secret that Proxmox VE showed once` }
  return { token: { id, secret } }
}

export function authorizationOf({ id, secret }: Token): string {
  return `PVEAPIToken=${id}=${secret}`
}
