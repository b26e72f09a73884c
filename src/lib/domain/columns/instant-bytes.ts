/**
 * Instants read from UTF-8 bytes: `parseInstantMs` for columns, with no string per row.
 *
 * The two read exactly the same texts; a property test holds them together. Date.parse would take far more,
 * and some of it in the zone of the process.
 */

import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../instant.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MINUTE_MS = 60_000
/** Days from the beginning of March to the beginning of each month, January first: leap days come last in such a year. */
const DAYS_SINCE_MARCH = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275]
/** Days from the 1st of March of the year 0 to 1970-01-01. */
const EPOCH_DAYS = 719_468
const DAY_MS = 86_400_000

const PLUS = 0x2b
const DASH = 0x2d
const DOT = 0x2e
const COLON = 0x3a
const SPACE = 0x20
const LOWER_T = 0x74
const LOWER_Z = 0x7a
/** `Fri Feb 12 21:45:50 +0000 2021` */
const V1_LENGTH = 30

/**
 * Milliseconds since 1970-01-01T00:00Z of RFC 3339 (`2021-04-08T19:34:30.000Z`, any fraction, cut to milliseconds)
 * or of the v1.1 form (`Fri Feb 12 21:45:50 +0000 2021`).
 * @returns NaN when the text is neither, names a day or time that does not exist, or a year outside 0000 to 9999
 */
export function parseInstantBytes(bytes: Uint8Array, start: number, end: number): number {
  const ms = isDigit(bytes[start]!) ? parseRfc3339(bytes, start, end) : parseV1(bytes, start, end)
  return ms >= MIN_INSTANT_MS && ms <= MAX_INSTANT_MS ? ms : Number.NaN
}

/** 2021-04-08T19:34:30[.fraction](Z|±hh:mm|±hhmm), where T may be t or a space and Z may be z. */
function parseRfc3339(bytes: Uint8Array, start: number, end: number): number {
  const separator = bytes[start + 10]!
  if (end - start < 20 || ((separator | 0x20) !== LOWER_T && separator !== SPACE)) return Number.NaN
  if (bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return Number.NaN
  const dayMs = utcDayMs(digits(bytes, start, 4), digits(bytes, start + 5, 2), digits(bytes, start + 8, 2))
  const timeMs = clockMs(bytes, start + 11)
  let at = start + 19
  let fractionMs = 0
  if (bytes[at] === DOT) {
    const first = ++at
    for (let unitMs = 100; at < end && isDigit(bytes[at]!); at++, unitMs = Math.floor(unitMs / 10)) {
      fractionMs += (bytes[at]! - 0x30) * unitMs
    }
    if (at === first) return Number.NaN
  }
  return dayMs + timeMs + fractionMs - offsetMs(bytes, at, end)
}

/** `Fri Feb 12 21:45:50 +0000 2021`; the name of the weekday is not compared with the date. */
function parseV1(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== V1_LENGTH || !isName(bytes, start)) return Number.NaN
  for (const gap of [3, 7, 10, 19, 25]) if (bytes[start + gap] !== SPACE) return Number.NaN
  const month = 1 + MONTHS.indexOf(String.fromCharCode(bytes[start + 4]!, bytes[start + 5]!, bytes[start + 6]!))
  const dayMs = utcDayMs(digits(bytes, start + 26, 4), month, digits(bytes, start + 8, 2))
  return dayMs + clockMs(bytes, start + 11) - offsetMs(bytes, start + 20, start + 25)
}

/** A capital and two small letters. */
function isName(bytes: Uint8Array, start: number): boolean {
  const isSmall = (byte: number) => byte >= 0x61 && byte <= 0x7a
  return bytes[start]! >= 0x41 && bytes[start]! <= 0x5a && isSmall(bytes[start + 1]!) && isSmall(bytes[start + 2]!)
}

/** `Z`, `±hh:mm` or `±hhmm`, filling all of start to end. */
function offsetMs(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start]!
  if (end - start === 1 && (sign | 0x20) === LOWER_Z) return 0
  const minutesAt = bytes[start + 3] === COLON ? start + 4 : start + 3
  if (end !== minutesAt + 2 || (sign !== PLUS && sign !== DASH)) return Number.NaN
  const offset = (digits(bytes, start + 1, 2) * 60 + digits(bytes, minutesAt, 2)) * MINUTE_MS
  return sign === PLUS ? offset : -offset
}

/** `hh:mm:ss`. A leap second is refused: X has none, and nor has Unix time. */
function clockMs(bytes: Uint8Array, start: number): number {
  if (bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return Number.NaN
  const hours = digits(bytes, start, 2)
  const minutes = digits(bytes, start + 3, 2)
  const seconds = digits(bytes, start + 6, 2)
  return hours < 24 && minutes < 60 && seconds < 60 ? ((hours * 60 + minutes) * 60 + seconds) * 1000 : Number.NaN
}

function utcDayMs(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = DAYS_IN_MONTH[month - 1]! + (month === 2 && isLeap ? 1 : 0)
  if (day > days) return Number.NaN
  // Date.UTC takes five times as long, and the year 21 for 1921
  const marchYear = month < 3 ? year - 1 : year
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return (marchYear * 365 + leapDays + DAYS_SINCE_MARCH[month - 1]! + day - 1 - EPOCH_DAYS) * DAY_MS
}

/** A number of exactly `count` digits; NaN where a byte is not a digit. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let i = start; i < start + count; i++) {
    if (!isDigit(bytes[i]!)) return Number.NaN
    value = value * 10 + bytes[i]! - 0x30
  }
  return value
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
