/** Sizes as Proxmox VE reads and writes them. */

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** `10G`, `512M`, `4194304`: bytes. */
export function parseSize(text: string): number {
  const [, amount = '0', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)/.exec(text) ?? []
  return Math.floor(Number(amount) * (units[unit] ?? 1))
}

/** In the largest unit that leaves a whole number. */
export function formatSize(bytes: number): string {
  const unit = Object.entries(units).findLast(([, size]) => bytes % size === 0)
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`
}
