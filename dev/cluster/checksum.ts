/** Reads the files in which projects publish checksums. */

const sha256 = /^[0-9a-f]{64}$/i

/** The SHA-256 of a file in a text that is either one sum or lines of `<sum>  <file name>`; undefined where it is not there. */
export function parseChecksum(text: string, fileName: string): string | undefined {
  for (const line of text.split('\n')) {
    const [sum = '', name] = line.trim().split(/\s+/)
    if (!sha256.test(sum)) continue
    // A `*` marks a sum over the bytes as they are; some lists put a folder before the name.
    if (name === undefined || name.replace(/^\*/, '').split('/').at(-1) === fileName) return sum.toLowerCase()
  }
  return undefined
}
