/** Public keys as text, one a line: what stands for them where they themselves have no business. Pure. */
import { digestOf } from './digest.ts'

/** Without comments, empty lines and spaces at the ends, which Proxmox VE may drop as well. */
export function keyLines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
}

export function keysDigest(text: string): string {
  return digestOf(keyLines(text))
}
