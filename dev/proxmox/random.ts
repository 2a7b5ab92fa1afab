/** Chance that repeats: the same seed gives the same ids, addresses and secrets in the same order. */

export interface Random {
  /** From 0 up to, but not including, `bound`. */
  below(bound: number): number
  hex(digits: number): string
  uuid(): string
  /** A MAC address with this prefix, as PVE writes it. */
  mac(prefix: string): string
  shuffled<T>(values: readonly T[]): T[]
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join('')
  return {
    below,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${(8 + below(4)).toString(16)}${hex(3)}-${hex(12)}`,
    mac: prefix => {
      const rest = hex(12 - prefix.replaceAll(':', '').length).match(/../g) ?? []
      return [prefix, ...rest].join(':').toUpperCase()
    },
    shuffled: values => {
      const result = [...values]
      for (let i = result.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const kept = result[i] as (typeof result)[number]
        result[i] = result[j] as (typeof result)[number]
        result[j] = kept
      }
      return result
    },
  }
}
