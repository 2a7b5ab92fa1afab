/** Text that no other object has, in a third to a half of its room: ids, digests, versions and times as the API server writes them. */

export const CODE = { itself: 0, digits: 1, uuid: 2, hex: 3, time: 4 } as const
export type Code = (typeof CODE)[keyof typeof CODE]

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const HEX = /^([0-9a-f]{2}){16,64}$/
/** Exact as a number. */
const DIGITS = /^[1-9][0-9]{0,14}$/
/** To the second, as the API server writes it. */
const TIME = /^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$/

export function codeOf(text: string): Code {
  if (DIGITS.test(text)) return CODE.digits
  if (UUID.test(text)) return CODE.uuid
  if (HEX.test(text)) return CODE.hex
  return TIME.test(text) && timeOf(secondsOf(text)) === text ? CODE.time : CODE.itself
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000
}

/** Undefined where there is no such time. */
function timeOf(seconds: number): string | undefined {
  return Number.isNaN(seconds) ? undefined : new Date(seconds * 1000).toISOString().replace('.000', '')
}

/** `value` is a text, and of this code, unless that is `itself`. */
export function coded(value: unknown, code: Code): unknown {
  if (code === CODE.itself) return value
  if (code === CODE.digits) return Number(value)
  if (code === CODE.time) return secondsOf(value as string)
  return Buffer.from((value as string).replaceAll('-', ''), 'hex').toString('latin1')
}

export function decoded(value: unknown, code: Code): unknown {
  if (code === CODE.itself) return value
  if (code === CODE.digits) return String(value)
  if (code === CODE.time) return timeOf(value as number)
  const text = Buffer.from(value as string, 'latin1').toString('hex')
  if (code === CODE.hex) return text
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}
