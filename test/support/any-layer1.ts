/**
 * Layer1 of one or two hours for property tests: mostly good tweets, delivered more than once with small changes, and in nearly
 * every column something that X would not send.
 */
import fc from 'fast-check'
import { type Hour, hourStartMs, nextHour } from '../../src/lib/domain/hour.ts'
import { type Layer1Row, NOTHING } from './layer1-rows.ts'
import type { Layer1Job } from './star-by-sql.ts'

/** Hours in which clocks are changed, in which the local hour is another, or nothing happens. */
const HOURS = [
  ['2024-01-01T10', 'America/Sao_Paulo'],
  ['2018-11-04T02', 'America/Sao_Paulo'],
  ['2019-02-17T01', 'America/Sao_Paulo'],
  ['2023-12-31T18', 'Asia/Kathmandu'],
  ['2024-04-06T14', 'Australia/Lord_Howe'],
  ['2010-11-07T02', 'America/St_Johns'],
  ['2011-12-30T09', 'Pacific/Apia'],
  ['1970-01-01T00', 'America/New_York'],
  ['9999-12-30T23', 'Asia/Tokyo'],
] as const

const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
const BAD_IDS = [
  ...['', 'abc', '-1', '+1', '1.0', '1e3', '1_000', ' 1', '1 ', '1\n', '1\0', '０', '0x1', '٣', 'x'.repeat(99)],
  ...['9223372036854775808', '10000000000000000000'],
]
const ODD_GOOD_IDS = '0 007 7 000000000007 00000000000000000007 30000000000 30000000001 9223372036854775807'.split(' ')
/** Texts that look like ids, and ids that look like none. */
export const ODD_IDS = [...BAD_IDS, ...ODD_GOOD_IDS, '0'.repeat(30)]
const IDS = ['1', '2', '3', '9007199254740992', '9007199254740993']
const SPELLINGS = [
  ...'Covid19 covid19 COVID19 ＣＯＶＩＤ19 ação AÇÃO ac\u0327a\u0303o 東京 ｱﾆﾒ アニメ 🧪 Straße STRASSE ﬁm'.split(' '),
  ..."İstanbul ISTANBUL ıstanbul ΣΊΣΥΦΟΣ σίσυφος \u212aelvin kelvin ᏣᎳᎩ ꮳꮃꭹ it's".split(' '),
  '',
  'a\0b',
]
/** Texts that look like instants. */
export const ODD_INSTANTS = [
  ...['', 'yesterday', '2024-02-30T10:00:00Z', '2023-02-29T10:00:00Z', '2024-01-01T24:00:00Z', '2024-01-01T10:60:00Z'],
  ...['2024-01-01T10:00:60Z', '2024-01-01T10:00:00', '2024-01-01T10:00:00.Z', '2024-01-01T10:00:00Z\n', '2024-01-01'],
  ...['2024-1-1T10:00:00Z', '2024-01-01X10:00:00Z', '2024-13-01T10:00:00Z', '2024-00-10T10:00:00Z'],
  '٢٠24-01-01T10:00:00Z',
  ...['0000-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T00:00:00Z', '2024-01-01T10:00:00+1:00'],
  ...['Fri Feb 30 10:00:00 +0000 2024', 'Fri Foo 10 10:00:00 +0000 2024', 'fri Jan 01 10:00:00 +0000 2024'],
  ...['Fri Jan 01 10:00:00 Z 2024', 'Fri Jan  1 10:00:00 +0000 2024', 'Fri Jan 01 10:00:00 +00:0 2024'],
]
const AUTHORS_SINCE = ['2009-06-01T00:00:00Z', 'Mon Jun 01 02:00:00 +0200 2009', '1970-01-01T05:30:00.0019+05:30']

const often = <T>(good: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, times = 14) =>
  fc.oneof({ weight: times, arbitrary: good }, { weight: 1, arbitrary: odd })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const badIds = fc.constantFrom(...BAD_IDS)
const name = maybe(fc.constantFrom('ana', 'Zé 🧪', '', '\uffff', '𝒳', 'a\0'))
const count = maybe(often(fc.nat(3), fc.constantFrom(2 ** 31, 2 ** 40, 2 ** 53 - 1), 4))
// 0 and -0 are equal, so neither is newer than the other
const degrees = maybe(fc.double({ noNaN: true }).map(value => value + 0))
const texts = (...values: string[]) => fc.array(fc.constantFrom(...values), { maxLength: 2 })
const flag = fc.boolean()

/** An instant in one of the ways in which it can be written. */
function anyInstantText(ms: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const offsets = fc.constantFrom('Z', 'z', '+00:00', '-0000', '+05:45', '-03:30', '+1400', '-99:99')
  const shape = {
    ms,
    offset: offsets,
    separator: fc.constantFrom('T', 't', ' '),
    more: fc.constantFrom('', '9', '000001'),
  }
  const rfc = fc.record(shape).map(({ ms, offset, separator, more }) => {
    const text = new Date(ms + offsetMs(offset)).toISOString().slice(0, -1)
    const cut = ms % 1000 === 0 && more === '' ? text.slice(0, 19) : text + more
    return cut.replace('T', separator) + offset
  })
  const v1 = fc.record({ ms, offset: fc.constantFrom('+0000', '-0330', '+0545') }).map(({ ms, offset }) => {
    const [, day, date, month, year, clock] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(
      new Date(Math.floor(ms / 1000) * 1000 + offsetMs(offset)).toUTCString(),
    ) as string[]
    return `${day} ${month} ${date} ${clock} ${offset} ${year}`
  })
  return fc.oneof({ weight: 3, arbitrary: ms.map(value => new Date(value).toISOString()) }, rfc, v1)
}

function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(offset) ?? ['', '+', '0', '0']
  return (sign === '-' ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes))
}

/** An id of that millisecond; before the first one and after the last some other id. */
function snowflakeOf(ms: number): string {
  const id = BigInt(ms - SNOWFLAKE_EPOCH_MS) << 22n
  return id > 0n && id < 2n ** 63n ? String(id) : '1'
}

function anyRow(hour: Hour): fc.Arbitrary<Layer1Row> {
  const fromMs = hourStartMs(hour)
  const edges = fc.constantFrom(0, 1, 59_999, 60_000, 899_999, 900_000, 1_859_999, 1_860_000, 3_599_000, 3_599_999)
  const ms = fc.oneof(edges, fc.nat(3_599_999)).map(inHour => fromMs + inHour)
  const outside = fc
    .constantFrom(Math.max(0, fromMs - 1), fromMs + 3_600_000)
    .map(value => new Date(value).toISOString())
  const snowflakes = ms.map(value => snowflakeOf(value))
  const ids = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...IDS) }, snowflakes, fc.constantFrom(...ODD_GOOD_IDS))
  const maybeId = maybe(often(ids, badIds, 60))
  return fc.record({
    tweet_id: often(ids, badIds, 30),
    created_at: fc.oneof(
      { weight: 30, arbitrary: anyInstantText(ms) },
      fc.constant(null),
      outside,
      fc.constantFrom(...ODD_INSTANTS),
    ),
    text: fc.constantFrom('', 'a', 'b\n', 'ação', '\0'),
    text_truncated: flag,
    lang: fc.constantFrom(null, 'pt', 'en', ''),
    author_id: maybeId,
    conversation_id: maybeId,
    kind: often(
      fc.constantFrom('original', 'retweet', 'reply', 'quote'),
      fc.constantFrom('poem' as never, '' as never),
      30,
    ),
    referenced_id: maybeId,
    in_reply_to_user_id: maybeId,
    edit_history_ids: fc.array(often(fc.constantFrom(...IDS, '01'), badIds, 60), { maxLength: 4 }),
    hashtags: fc.array(fc.constantFrom(...SPELLINGS), { maxLength: 5 }),
    mentions: texts('ana', 'bruno'),
    urls: texts('https://a', ''),
    cashtags: texts('X', 'Y'),
    possibly_sensitive: maybe(flag),
    retweet_count: count,
    reply_count: count,
    like_count: count,
    quote_count: count,
    bookmark_count: count,
    impression_count: count,
    place_id: fc.constantFrom(null, 'p1', 'p2', ''),
    place_full_name: name,
    place_name: name,
    place_type: maybe(fc.constant('city')),
    place_country: name,
    place_country_code: fc.constantFrom(null, 'BR', 'PT'),
    place_longitude: degrees,
    place_latitude: degrees,
    withheld_in: texts('BR', 'DE'),
    user_username: name,
    user_name: name,
    user_description: name,
    user_location: name,
    user_verified: maybe(flag),
    user_verified_type: fc.constantFrom(null, 'blue', 'none'),
    user_protected: maybe(flag),
    user_created_at: often(fc.constantFrom(null, ...AUTHORS_SINCE), fc.constantFrom(...ODD_INSTANTS), 40),
    user_followers: count,
    user_following: count,
    user_tweets: count,
    user_listed: count,
    rules: texts('covid19', 'vacina', 'ação', ''),
    source: fc.constantFrom('stream', 'search', 'replay'),
    captured_at: fc.constantFrom('2024-05-01T00:00:00.000Z', '2024-05-01T00:00:00.001Z', '2024-05-02T00:00:00.000Z'),
  }) as fc.Arbitrary<Layer1Row>
}

/** The tweet again, as it was but for a few columns of another one. */
function anyDelivery(first: fc.Arbitrary<Layer1Row>, hour: Hour): fc.Arbitrary<Layer1Row> {
  const columns = fc.subarray([...Object.keys(NOTHING), 'captured_at'] as (keyof Layer1Row)[], { maxLength: 2 })
  return fc
    .record({ row: first, other: anyRow(hour), columns })
    .map(({ row, other, columns }) => ({ ...row, ...Object.fromEntries(columns.map(name => [name, other[name]])) }))
}

function anyFiles(hour: Hour): fc.Arbitrary<Layer1Row[][]> {
  return fc
    .array(anyRow(hour), { minLength: 1, maxLength: 8 })
    .chain(tweets => {
      const again = fc.array(anyDelivery(fc.constantFrom(...tweets), hour), { maxLength: 24 })
      return again.map(deliveries => [...tweets, ...deliveries])
    })
    .chain(rows => {
      const files = fc.array(fc.nat(2), { minLength: rows.length, maxLength: rows.length })
      return files.map(fileOf => [0, 1, 2].map(file => rows.filter((_, i) => fileOf[i] === file)))
    })
    .map(files => files.map(rows => rows.map(row => ({ ...row, raw: `${JSON.stringify(row)} 🧪` }))))
}

/** One hour in two has a neighbour in the same job; some hours have no file, some files no row. */
export const anyLayer1: fc.Arbitrary<Layer1Job> = fc.constantFrom(...HOURS).chain(([first, timeZone]) => {
  const hours = [first as Hour, ...(first.startsWith('9999') ? [] : [nextHour(first as Hour)])]
  const withFiles = hours.map(hour => often(anyFiles(hour), fc.constant([]), 20).map(files => ({ hour, files })))
  return fc.oneof(
    withFiles[0]!.map(one => ({ timeZone, hours: [one] })),
    fc.tuple(...withFiles).map(both => ({ timeZone, hours: both })),
  )
})
