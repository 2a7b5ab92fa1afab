/** Calendar events such as `mon..fri 03:30`: when the next one is. */

import type { Format } from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'

interface Event {
  /** 0 is Sunday; all of them where none is named. */
  weekdays: ReadonlySet<number>
  monthDays: ReadonlySet<number>
  months: ReadonlySet<number>
  hours: ReadonlySet<number>
  minutes: ReadonlySet<number>
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const shortcuts: Readonly<Record<string, string>> = {
  minutely: '*:*',
  hourly: '*:00',
  daily: '00:00',
  weekly: 'mon 00:00',
  monthly: '*-*-01 00:00',
  yearly: '*-01-01 00:00',
  annually: '*-01-01 00:00',
}

export const calendarEvent: Format = value => {
  if (parseEvent(value) !== undefined) return
  // Both line ends are the parser's.
  const why = `unable to parse calendar event at '${value}' - Context("weekday")\n`
  throw new FormatError(`invalid calendar event '${value}' - ${why}`)
}

/** Seconds since 1970, of the first event after the given moment. */
export function nextEvent(text: string, afterSeconds: number): number | undefined {
  const event = parseEvent(text)
  if (event === undefined) return undefined
  const daySeconds = 86_400
  const start = Math.floor(afterSeconds / daySeconds) * daySeconds
  for (let day = 0; day <= 366 * 5; day++) {
    const at = new Date((start + day * daySeconds) * 1000)
    const fits =
      event.weekdays.has(at.getUTCDay()) &&
      event.monthDays.has(at.getUTCDate()) &&
      event.months.has(at.getUTCMonth() + 1)
    if (!fits) continue
    const found = [...event.hours]
      .flatMap(hour => [...event.minutes].map(minute => start + day * daySeconds + hour * 3600 + minute * 60))
      .filter(each => each > afterSeconds)
    if (found.length > 0) return Math.min(...found)
  }
  return undefined
}

function parseEvent(text: string): Event | undefined {
  const parts = (shortcuts[text.trim()] ?? text).trim().toLowerCase().split(/\s+/)
  if (parts[0] === '') return undefined
  let days = all(0, 6)
  let [months, monthDays] = [all(1, 12), all(1, 31)]
  let [hours, minutes] = [new Set([0]), new Set([0])]
  for (const part of parts) {
    const time = /^([^:]+):([^:]+)(?::[^:]+)?$/.exec(part)
    const date = /^(?:\*|\d{4})-([^-]+)-([^-]+)$/.exec(part)
    const found = [
      ...(time === null ? [] : [numbers(time[1], 0, 23), numbers(time[2], 0, 59)]),
      ...(date === null ? [] : [numbers(date[1], 1, 12), numbers(date[2], 1, 31)]),
    ]
    if (found.some(each => each === undefined)) return undefined
    if (time !== null) [hours = hours, minutes = minutes] = found
    else if (date !== null) [months = months, monthDays = monthDays] = found
    else if (/^[\d*/,.]+$/.test(part)) {
      // Minutes alone.
      const only = numbers(part, 0, 59)
      if (only === undefined) return undefined
      ;[hours, minutes] = [all(0, 23), only]
    } else {
      const named = weekdays(part)
      if (named === undefined) return undefined
      days = named
    }
  }
  return { weekdays: days, monthDays, months, hours, minutes }
}

const all = (from: number, to: number) => new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i))

/** `*`, `5`, `1..5`, `0/15`, `*​/15`, and lists of them. */
function numbers(text = '', from: number, to: number): Set<number> | undefined {
  const result = new Set<number>()
  for (const part of text.split(',')) {
    const [, first = '', last, step] = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (first === '') return undefined
    const start = first === '*' ? from : Number(first)
    const end = last !== undefined ? Number(last) : first === '*' || step !== undefined ? to : start
    if (start < from || end > to || start > end || step === '0') return undefined
    for (let value = start; value <= end; value += Number(step ?? 1)) result.add(value)
  }
  return result
}

function weekdays(text: string): Set<number> | undefined {
  const result = new Set<number>()
  for (const part of text.split(',')) {
    const [from = '', to = from] = part.split('..')
    const [start, end] = [dayOf(from), dayOf(to)]
    if (start < 0 || end < 0) return undefined
    for (let day = start; ; day = (day + 1) % 7) {
      result.add(day)
      if (day === end) break
    }
  }
  return result
}

function dayOf(text: string): number {
  return names.findIndex(name => text === name || (text.startsWith(name) && /^[a-z]+day$/.test(text)))
}
