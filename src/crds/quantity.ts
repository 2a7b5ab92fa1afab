/** Quantities of Kubernetes, as far as a tenant needs them: CPU in cores, memory and storage in bytes. */

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** Cores or bytes; NaN where it is no quantity. Whole bytes are exact up to 2^53. */
export function quantityValue(quantity: string): number {
  const [, number = '', suffix = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(quantity) ?? []
  return number === '' ? Number.NaN : Number(number) * (FACTORS[suffix] ?? Number.NaN)
}
