/**
 * Instants as X writes them, and the one inside an id.
 *
 * An id from late 2010 on counts milliseconds in its upper bits (a "snowflake"), so a tweet without
 * `created_at` still has a time. Where `created_at` stands it rules, though its milliseconds are zeroed.
 */

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/
const V1_1 = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2}) (\d{4})$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
/** ids up to here were counted, not made from the time */
const LAST_PLAIN_ID = 30_000_000_000
/** 2^22: the bits below tell ids of one millisecond apart */
const IDS_PER_MS = 4_194_304n
/**
 * Earlier is no time of X's but a program's zero (0001-01-01, 1601-01-01), and later has no four digits in every zone. The
 * first millisecond that is an instant, and the last.
 */
export const MIN_INSTANT_MS = Date.parse('1970-01-01T00:00:00.000Z')
export const MAX_INSTANT_MS = Date.parse('9999-12-30T23:59:59.999Z')
const MAX_INT64_TEXT = '9223372036854775807'

/**
 * Milliseconds since 1970-01-01T00:00Z of `2021-04-08T19:34:30.000Z` (RFC 3339, any fraction, cut to milliseconds)
 * or `Fri Feb 12 21:45:50 +0000 2021` (v1.1).
 * @returns undefined when `text` is neither, or names a day that the calendar has not, or a year outside 0000 to 9999
 */
export function parseInstantMs(text: string): number | undefined {
  const rfc = RFC3339.exec(text)
  if (rfc !== null) {
    const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = rfc
    const wallMs = wallClockMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))
    return toUtcMs(wallMs + Number(fraction.slice(0, 3).padEnd(3, '0')), sign, offsetHour, offsetMinute)
  }
  const v1 = V1_1.exec(text)
  if (v1 === null) return undefined
  const [, monthName = '', day, hour, minute, second, sign, offsetHour, offsetMinute, year] = v1
  const month = MONTHS.indexOf(monthName) + 1
  const wallMs = wallClockMs(Number(year), month, Number(day), Number(hour), Number(minute), Number(second))
  return toUtcMs(wallMs, sign, offsetHour, offsetMinute)
}

/**
 * When a tweet was made: by `createdAt`, else by its id.
 * @param id        digits of an INT64
 * @param createdAt as X sent it; null when it did not
 * @returns milliseconds since 1970-01-01T00:00Z; undefined when `createdAt` is no instant, or absent and the id is older than snowflakes
 */
export function tweetInstantMs(id: string, createdAt: string | null): number | undefined {
  if (createdAt !== null) return parseInstantMs(createdAt)
  if (id.length < 12 && Number(id) <= LAST_PLAIN_ID) return undefined
  return Number(BigInt(id) / IDS_PER_MS) + SNOWFLAKE_EPOCH_MS
}

/** The smallest id that X can give in a millisecond from 2010-11-04T01:42:54.657Z on. */
export function firstIdOf(ms: number): bigint {
  return BigInt(ms - SNOWFLAKE_EPOCH_MS) * IDS_PER_MS
}

/** True for the digits of an INT64 without sign and without leading zeros. */
export function isInt64Id(id: string): boolean {
  if (!/^[1-9]\d{0,18}$/.test(id)) return false
  return id.length < MAX_INT64_TEXT.length || id <= MAX_INT64_TEXT
}

/** NaN when the calendar or the clock has no such time; Date.UTC would roll it over into the next day or month. */
function wallClockMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1) return Number.NaN
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000
}

function toUtcMs(
  wallMs: number,
  sign: string | undefined,
  offsetHour: string | undefined,
  offsetMinute: string | undefined,
): number | undefined {
  const offsetMs = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * 60_000
  const ms = sign === '-' ? wallMs + offsetMs : wallMs - offsetMs
  return ms >= MIN_INSTANT_MS && ms <= MAX_INSTANT_MS ? ms : undefined
}
