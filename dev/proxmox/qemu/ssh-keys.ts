/** The keys that cloud-init puts into a guest. */

import { failure } from '../api/api-error.ts'

/** Encoded as in a URL, one key in a line. */
export function decodedKeys(text: string): string[] {
  return decodeURIComponent(text)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

const key = /^(\S+\s+)?(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-\S+)\s+\S+/

export function validKeys(text: string): void {
  const bad = decodedKeys(text).find(line => !line.startsWith('#') && !key.test(line))
  if (bad !== undefined) throw failure('SSH public key validation error')
}
